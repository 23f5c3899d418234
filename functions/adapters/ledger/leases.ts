import { DeleteCommand, GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb'
import type { Clock, Leases } from '../../ports.ts'
import { conditionally, datasetKey, epochSeconds, type LedgerTable } from './table.ts'

/** Row DATASET#<dataset> / LEASE: owner, renewedAt, expiresAt (ISO, so that strings compare as times do). */
export function dynamodbLeases({ client, tableName: TableName }: LedgerTable, clock: Clock): Leases {
  const keyOf = (dataset: string) => ({ pk: datasetKey(dataset), sk: 'LEASE' })
  return {
    async acquire(dataset, owner, ttlSeconds) {
      const now = clock.now()
      const expires = new Date(now.getTime() + ttlSeconds * 1000)
      const attempt = await conditionally(() =>
        client.send(
          new UpdateCommand({
            TableName,
            Key: keyOf(dataset),
            UpdateExpression: 'SET #owner = :owner, renewedAt = :now, expiresAt = :expires, expiresAtEpoch = :epoch',
            ConditionExpression: 'attribute_not_exists(pk) OR #owner = :owner OR expiresAt < :now',
            ExpressionAttributeNames: { '#owner': 'owner' },
            ExpressionAttributeValues: {
              ':owner': owner,
              ':expires': expires.toISOString(),
              ':now': now.toISOString(),
              // Long after it has expired: only a dataset that nobody runs any more loses its row.
              ':epoch': epochSeconds(expires) + 86_400,
            },
            ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
          }),
        ),
      )
      if (attempt.written) return { acquired: true, owner, expiresAt: expires.toISOString() }
      return { acquired: false, owner: String(attempt.standing?.owner ?? ''), expiresAt: String(attempt.standing?.expiresAt ?? '') }
    },

    async release(dataset, owner, heldBefore) {
      await conditionally(() =>
        client.send(
          new DeleteCommand({
            TableName,
            Key: keyOf(dataset),
            ConditionExpression: heldBefore === undefined ? '#owner = :owner' : '#owner = :owner AND renewedAt <= :heldBefore',
            ExpressionAttributeNames: { '#owner': 'owner' },
            ExpressionAttributeValues: { ':owner': owner, ...(heldBefore !== undefined && { ':heldBefore': heldBefore }) },
          }),
        ),
      )
    },

    async holder(dataset) {
      const { Item } = await client.send(new GetCommand({ TableName, Key: keyOf(dataset), ConsistentRead: true }))
      return Item ? { owner: String(Item.owner), expiresAt: String(Item.expiresAt) } : undefined
    },
  }
}
