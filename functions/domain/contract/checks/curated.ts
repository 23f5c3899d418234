import type { ContractDraft } from '../draft.ts'
import type { Say } from './problem.ts'

/** What only some table formats have. */
export function checkCurated({ tableFormat, historyDays, monthEnds }: ContractDraft, say: Say): void {
  if (tableFormat === 'iceberg') return
  const why = 'is for Iceberg tables: a table of Parquet files keeps no history'
  if (historyDays !== undefined) say(['curated', 'history_days'], why)
  if (monthEnds !== undefined) say(['curated', 'month_ends'], why)
}
