import { setTimeout as sleep } from 'node:timers/promises'
import {
  AthenaClient,
  type Datum,
  GetQueryExecutionCommand,
  GetQueryResultsCommand,
  paginateGetQueryResults,
  StartQueryExecutionCommand,
  StopQueryExecutionCommand,
} from '@aws-sdk/client-athena'
import { UsageError } from '../usage-error.ts'
import type { QueryResult } from './result.ts'

const LOOK_EVERY_MS = 500
/** Athena takes more than SELECT, such as DROP TABLE and INSERT. */
const READS = /^(?:\s|--[^\n]*\n|\/\*.*?\*\/)*(?:select|with|values|show|describe|table)\b/is

/**
 * Runs one SELECT over the tables of a stage by Athena.
 * @param workgroup an Athena workgroup with a place for results
 * @param limit most rows to give; without one all of them
 * @throws UsageError with Athena's words, when the SQL is wrong, would do more than read, or the workgroup lacks a place for results
 */
export async function queryAthena(
  sql: string,
  { database, workgroup, limit }: { database: string; workgroup: string; limit?: number },
  client = new AthenaClient({}),
): Promise<QueryResult & { scannedBytes: number }> {
  if (!READS.test(sql)) throw new UsageError('give one SELECT: a query only reads')
  const start = new StartQueryExecutionCommand({ QueryString: sql, QueryExecutionContext: { Database: database }, WorkGroup: workgroup })
  const { QueryExecutionId } = await client.send(start).catch((error: Error) => {
    throw error.name === 'InvalidRequestException' ? new UsageError(`Athena refuses the query: ${error.message}`) : error
  })
  const stop = () => void client.send(new StopQueryExecutionCommand({ QueryExecutionId })).catch(() => {})
  process.once('SIGINT', stop)
  try {
    const scannedBytes = await finished(client, QueryExecutionId)
    const { ResultSet } = await client.send(new GetQueryResultsCommand({ QueryExecutionId, MaxResults: 1 }))
    const columns = (ResultSet?.ResultSetMetadata?.ColumnInfo ?? []).map(({ Name = '', Type = '' }) => ({ name: Name, type: Type }))
    return { columns, rows: rowsOf(client, QueryExecutionId, columns, limit), scannedBytes }
  } finally {
    process.off('SIGINT', stop)
  }
}

async function finished(client: AthenaClient, QueryExecutionId: string | undefined): Promise<number> {
  for (;;) {
    const { QueryExecution } = await client.send(new GetQueryExecutionCommand({ QueryExecutionId }))
    const { State, StateChangeReason } = QueryExecution?.Status ?? {}
    if (State === 'SUCCEEDED') return QueryExecution?.Statistics?.DataScannedInBytes ?? 0
    if (State === 'FAILED' || State === 'CANCELLED')
      throw new UsageError(`the query ${State.toLowerCase()}: ${StateChangeReason ?? 'Athena gave no reason'}`)
    await sleep(LOOK_EVERY_MS)
  }
}

async function* rowsOf(
  client: AthenaClient,
  QueryExecutionId: string | undefined,
  columns: { name: string }[],
  limit = Number.POSITIVE_INFINITY,
): AsyncGenerator<(string | null)[]> {
  let given = 0
  // Of a SELECT, Athena's first row has the names of its columns; of a SHOW or DESCRIBE it has not.
  let first = true
  for await (const { ResultSet } of paginateGetQueryResults({ client }, { QueryExecutionId })) {
    for (const { Data = [] } of ResultSet?.Rows ?? []) {
      const isHeader = first && Data.length === columns.length && Data.every((datum, place) => datum.VarCharValue === columns[place]?.name)
      first = false
      if (isHeader) continue
      if (++given > limit) return
      yield Data.map(({ VarCharValue }: Datum) => VarCharValue ?? null)
    }
  }
}
