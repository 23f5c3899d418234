import Table from 'cli-table3'
import { terminal } from '../terminal.ts'
import type { QueryResult } from './result.ts'

export const FORMATS = ['table', 'csv', 'json'] as const
export type Format = (typeof FORMATS)[number]

/** Prints a result as it comes. A table shows at most `shown` rows; the result may hold one more. Returns the number of printed rows. */
export async function printResult({ columns, rows }: QueryResult, format: Format, shown: number): Promise<number> {
  if (format === 'table') return printTable({ columns, rows }, shown)
  const line = format === 'csv' ? csvLine : (row: (string | null)[]) => JSON.stringify(objectOf(columns, row))
  if (format === 'csv') process.stdout.write(`${csvLine(columns.map(({ name }) => name))}\n`)
  let printed = 0
  for await (const row of rows) {
    printed++
    // A reader that is slower than the query holds it up: what waits in memory stays small.
    if (!process.stdout.write(`${line(row)}\n`)) await new Promise((resolve) => process.stdout.once('drain', resolve))
  }
  return printed
}

async function printTable({ columns, rows }: QueryResult, shown: number): Promise<number> {
  const table = new Table({ head: columns.map(({ name }) => name), style: { head: [], border: [] } })
  let read = 0
  for await (const row of rows) if (++read <= shown) table.push(row.map((value) => value ?? 'NULL'))
  terminal.print(table.toString())
  if (read > shown) terminal.note(`only the first ${shown} rows; --limit shows more, --format csv all of them`)
  return Math.min(read, shown)
}

// RFC 4180. NULL is an empty field, and an empty text a quoted one.
const csvLine = (row: (string | null)[]) =>
  row.map((value) => (value === null ? '' : /^$|[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value)).join(',')

const WHOLE_NUMBERS = /^(tinyint|smallint|integer|bigint|utinyint|usmallint|uinteger)$/i

/** Numbers that JSON holds exactly are numbers, all other values texts: no digit is lost. */
function objectOf(columns: QueryResult['columns'], row: (string | null)[]): Record<string, unknown> {
  return Object.fromEntries(columns.map(({ name, type }, place) => [name, jsonOf(row[place] ?? null, type)]))
}

function jsonOf(value: string | null, type: string): unknown {
  if (value === null) return null
  if (/^boolean$/i.test(type)) return value === 'true'
  if (WHOLE_NUMBERS.test(type) && Number.isSafeInteger(Number(value))) return Number(value)
  return value
}
