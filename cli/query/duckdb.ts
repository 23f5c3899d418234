import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { execa } from 'execa'
import { python, root } from '../../setup/places.mjs'
import { UsageError } from '../usage-error.ts'
import type { QueryResult } from './result.ts'
import type { FolderTable } from './tables.ts'

/**
 * Runs one SELECT over table folders by DuckDB.
 * @param limit most rows to read; without one all of them
 * @throws UsageError with DuckDB's words, when the SQL is wrong or would do more than read
 */
export async function queryFolders(sql: string, tables: FolderTable[], limit?: number): Promise<QueryResult> {
  const request = JSON.stringify({ sql, limit: limit ?? null, tables })
  const query = execa(python, [join(root, 'cli', 'query', 'query_tables.py')], { input: request, reject: false, buffer: { stdout: false } })
  const lines = createInterface({ input: query.stdout })[Symbol.asyncIterator]()
  const first = await lines.next()
  if (first.done) throw await failure()
  async function failure(): Promise<Error> {
    const { exitCode, stderr } = await query
    if (exitCode === 2) return new UsageError(stderr.trim())
    return new Error(`the query ended without a result: ${stderr.trim().split('\n').at(-1)}`)
  }
  async function* rows() {
    for await (const line of { [Symbol.asyncIterator]: () => lines }) yield JSON.parse(line) as (string | null)[]
    if ((await query).exitCode !== 0) throw await failure()
  }
  return { columns: JSON.parse(first.value).columns, rows: rows() }
}
