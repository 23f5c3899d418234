import { didYouMean } from '../../../functions/domain/contract/checks/suggest.ts'
import { UsageError } from '../../usage-error.ts'
import type { DatabaseTable } from './table.ts'

/**
 * The columns that identify a row, as the database names them: those that you name, or else its primary key, or its smallest unique index without NULLs.
 * @param watermark a column that changes with its row, so that it identifies none
 * @param names by the database's name, the contract's
 * @throws UsageError when there is no key, or a column of it is not there
 */
export function keyOf(
  table: DatabaseTable,
  watermark: string | undefined,
  wished: string[],
  names: Map<string, string>,
): { key: string[]; warnings: string[] } {
  const all = table.columns.map(({ name }) => name)
  const required = new Set(table.columns.filter((column) => column.required).map(({ name }) => name))
  const keys = table.indexes
    .filter(({ primary, unique, columns }) => primary || (unique && columns.every((name) => name !== undefined && required.has(name))))
    .map(({ primary, columns }) => ({ primary, columns: columns as string[] }))
  if (wished.length > 0) {
    const key = wished.map((wish) => {
      const found = all.find((name) => name === wish || names.get(name) === wish)
      if (found === undefined) throw new UsageError(`--key ${wish}: table ${table.name} does not have this column${didYouMean(wish, all)}`)
      return found
    })
    const isKept = keys.some(({ columns }) => columns.every((name) => key.includes(name)))
    const warning = `the database does not keep ${key.join(', ')} unique: of rows with one key, the table keeps one`
    return { key, warnings: isKept ? [] : [warning] }
  }
  const best = keys.find(({ primary, columns }) => columns.every((name) => all.includes(name) && (primary || name !== watermark)))
  if (best === undefined)
    throw new UsageError(
      `table ${table.name} has no primary key that can be read: name the columns that identify a row with --key, from ${all.join(', ')}`,
    )
  const instead = `table ${table.name} has no primary key; ${best.columns.join(', ')} has a unique index`
  return { key: best.columns, warnings: best.primary ? [] : [instead] }
}
