import { DeleteCommand, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb'
import type { SweepCursors } from '../../ports.ts'
import { datasetKey, type LedgerTable } from './table.ts'

/** Row DATASET#<dataset> / SWEEP: the last raw key that a sweep has looked at. */
export function dynamodbSweepCursors({ client, tableName: TableName }: LedgerTable): SweepCursors {
  const keyOf = (dataset: string) => ({ pk: datasetKey(dataset), sk: 'SWEEP' })
  return {
    async read(dataset) {
      const { Item } = await client.send(new GetCommand({ TableName, Key: keyOf(dataset) }))
      return Item && String(Item.lastKey)
    },
    async write(dataset, lastKey) {
      const Key = keyOf(dataset)
      if (lastKey === undefined) await client.send(new DeleteCommand({ TableName, Key }))
      else await client.send(new PutCommand({ TableName, Item: { ...Key, lastKey } }))
    },
  }
}
