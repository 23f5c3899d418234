import { GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb'
import type { SweepCursors } from '../../../ports/landings.ts'
import { datasetKey, type LedgerTable } from './table.ts'

/** Row DATASET#<dataset> / SWEEP: the last raw key that a sweep has looked at, and the pages that it may still list. */
export function dynamodbSweepCursors({ client, tableName: TableName }: LedgerTable): SweepCursors {
  const keyOf = (dataset: string) => ({ pk: datasetKey(dataset), sk: 'SWEEP' })
  return {
    async read(dataset) {
      const { Item } = await client.send(new GetCommand({ TableName, Key: keyOf(dataset) }))
      // A row of before this version has a key alone.
      if (Item === undefined) return undefined
      const { lastKey, pages = 0, at = new Date(0).toISOString() } = Item
      return { ...(lastKey !== undefined && { lastKey: String(lastKey) }), pages: Number(pages), at: String(at) }
    },
    async write(dataset, cursor) {
      await client.send(new PutCommand({ TableName, Item: { ...keyOf(dataset), ...cursor } }))
    },
  }
}
