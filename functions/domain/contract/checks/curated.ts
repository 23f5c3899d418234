import type { ContractDraft } from '../draft.ts'
import type { Say } from './problem.ts'

/** What only some table formats have. */
export function checkCurated({ tableFormat, historyDays }: ContractDraft, say: Say): void {
  if (historyDays !== undefined && tableFormat !== 'iceberg')
    say(['curated', 'history_days'], 'is for Iceberg tables: a table of Parquet files keeps no history')
}
