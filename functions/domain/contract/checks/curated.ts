import type { ContractDraft } from '../draft.ts'
import type { Say } from './problem.ts'

const NO_HISTORY = 'is for Iceberg tables: a table of Parquet files keeps no history'
const BY_NAME = 'is for Iceberg tables: in files of Parquet a column is found by its name'

/** What only some table formats have. */
export function checkCurated(draft: ContractDraft, say: Say): void {
  const { tableFormat, historyDays, monthEnds, dropColumns } = draft
  if (tableFormat === 'iceberg') return checkEvolution(draft, say)
  if (historyDays !== undefined) say(['curated', 'history_days'], NO_HISTORY)
  if (monthEnds !== undefined) say(['curated', 'month_ends'], NO_HISTORY)
  if (dropColumns.length > 0) say(['curated', 'drop_columns'], BY_NAME)
  for (const [column] of renames(draft)) say(['columns', column, 'renamed_from'], BY_NAME)
}

/** A name is that of one column: one that is there, was there under another name, or is dropped. */
function checkEvolution(draft: ContractDraft, say: Say) {
  const produced = new Map([...(draft.columns ?? new Map()).keys(), ...draft.derive.keys()].map((name) => [name.toLowerCase(), name]))
  const taken = new Map<string, string>()
  for (const [column, before] of renames(draft)) {
    const path = ['columns', column, 'renamed_from']
    const there = produced.get(before.toLowerCase())
    const twin = taken.get(before.toLowerCase())
    if (there !== undefined) say(path, `"${there}" is a column of the contract; remove renamed_from once the table has the new name`)
    if (twin !== undefined) say(path, `"${before}" is also the earlier name of column "${twin}"`)
    taken.set(before.toLowerCase(), column)
  }
  for (const { name, index } of draft.dropColumns) {
    const path = ['curated', 'drop_columns', index]
    const there = produced.get(name.toLowerCase()) ?? taken.get(name.toLowerCase())
    if (there !== undefined)
      say(path, `"${name}" is a column of the contract, or the earlier name of one; name it in one of the two places`)
  }
}

const renames = ({ columns }: ContractDraft) =>
  [...(columns ?? [])].flatMap(([name, { options }]) =>
    typeof options.renamed_from === 'string' ? [[name, options.renamed_from] as const] : [],
  )
