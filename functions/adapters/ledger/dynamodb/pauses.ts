import { DeleteCommand, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb'
import type { Pause } from '../../../domain/landing/pause.ts'
import type { Pauses } from '../../../ports/landings.ts'
import { conditionally, datasetKey, type LedgerTable, type Row } from './table.ts'

/** Row DATASET#<dataset> / PAUSE: there while the dataset is paused. */
export function dynamodbPauses({ client, tableName: TableName }: LedgerTable): Pauses {
  const keyOf = (dataset: string) => ({ pk: datasetKey(dataset), sk: 'PAUSE' })
  return {
    async find(dataset) {
      const { Item } = await client.send(new GetCommand({ TableName, Key: keyOf(dataset), ConsistentRead: true }))
      return Item && pauseOf(Item)
    },
    async set(dataset, pause) {
      const { written } = await conditionally(() =>
        client.send(new PutCommand({ TableName, Item: { ...keyOf(dataset), ...pause }, ConditionExpression: 'attribute_not_exists(pk)' })),
      )
      return written
    },
    async clear(dataset) {
      const { Attributes } = await client.send(new DeleteCommand({ TableName, Key: keyOf(dataset), ReturnValues: 'ALL_OLD' }))
      return Attributes && pauseOf(Attributes)
    },
  }
}

const pauseOf = ({ by, at, reason }: Row): Pause => ({
  by: String(by),
  at: String(at),
  ...(reason !== undefined && { reason: String(reason) }),
})
