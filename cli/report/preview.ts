import { resolve } from 'node:path'
import { queryFolders } from '../query/duckdb.ts'
import type { FolderTable } from '../query/tables.ts'

/** The first rows of a table, as text; values of sensitive columns are HIDDEN. */
export interface Preview {
  columns: string[]
  rows: (string | null)[][]
  /** Why there are none, where people would miss them. */
  why?: string
}

export const HIDDEN = '(sensitive)'

const ROWS = 10
const LONGEST_VALUE = 300

/** Null where the table cannot be read, which is no reason for a report to fail. */
export async function readPreview(table: FolderTable, hidden: Set<string>): Promise<Preview | null> {
  const folder = resolve(table.folder)
  const iceberg = table.iceberg && { ...table.iceberg, limit: ROWS }
  const named = { ...table, name: 'previewed', folder, ...(iceberg && { iceberg }) }
  try {
    const { columns, rows } = await queryFolders('SELECT * FROM previewed', [named], ROWS)
    const names = columns.map(({ name }) => name)
    const shown: Preview = { columns: names, rows: [] }
    for await (const row of rows) shown.rows.push(row.map((value, place) => shownValue(value, hidden.has(names[place] ?? ''))))
    return shown.rows.length === 0 ? null : shown
  } catch {
    return null
  }
}

function shownValue(value: string | null, isHidden: boolean): string | null {
  if (value === null) return null
  if (isHidden) return HIDDEN
  return value.length <= LONGEST_VALUE ? value : `${value.slice(0, LONGEST_VALUE)}…`
}
