import { DeleteCommand, GetCommand, PutCommand, paginateQuery, TransactWriteCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb'
import { newestFirst, type Publisher } from '../../../domain/batch/publish/publisher.ts'
import type { Clock } from '../../../ports/clock.ts'
import type { Leases, PublisherLeases } from '../../../ports/leases.ts'
import { announcementRow } from './announcements.ts'
import { conditionally, datasetKey, epochSeconds, type LedgerTable } from './table.ts'

/** A publisher that is left for so long belongs to a dataset that no longer runs. */
const PUBLISHER_DAYS = 90

/**
 * Row DATASET#<dataset> / LEASE: owner, token, renewedAt, expiresAt (ISO, so that strings compare as times do). Rows DATASET#<dataset> /
 * PUBLISHER#<token>: who publishes, and where.
 */
export function dynamodbLeases({ client, tableName: TableName }: LedgerTable, clock: Clock): Leases & PublisherLeases {
  const keyOf = (dataset: string) => ({ pk: datasetKey(dataset), sk: 'LEASE' })
  const publisherKey = ({ dataset, token }: Pick<Publisher, 'dataset' | 'token'>) => ({
    pk: datasetKey(dataset),
    sk: `PUBLISHER#${token}`,
  })
  async function take(dataset: string, owner: string, ttlSeconds: number, token?: string) {
    const now = clock.now()
    const expires = new Date(now.getTime() + ttlSeconds * 1000)
    const attempt = await conditionally(() =>
      client.send(
        new UpdateCommand({
          TableName,
          Key: keyOf(dataset),
          UpdateExpression: `SET #owner = :owner, renewedAt = :now, expiresAt = :expires, expiresAtEpoch = :epoch${
            token === undefined ? ' REMOVE #token' : ', #token = :token'
          }`,
          ConditionExpression: 'attribute_not_exists(pk) OR #owner = :owner OR expiresAt < :now',
          ExpressionAttributeNames: { '#owner': 'owner', '#token': 'token' },
          ExpressionAttributeValues: {
            ':owner': owner,
            ':expires': expires.toISOString(),
            ':now': now.toISOString(),
            // Long after it has expired: only a dataset that no longer runs loses its row.
            ':epoch': epochSeconds(expires) + 86_400,
            ...(token !== undefined && { ':token': token }),
          },
          ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
        }),
      ),
    )
    if (attempt.written) return { acquired: true, owner, expiresAt: expires.toISOString() }
    return { acquired: false, owner: String(attempt.existing?.owner ?? ''), expiresAt: String(attempt.existing?.expiresAt ?? '') }
  }

  return {
    acquire: (dataset, owner, ttlSeconds) => take(dataset, owner, ttlSeconds),

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

    async enter({ dataset, batchId, run, token }, owner, ttlSeconds) {
      const now = clock.now()
      const Item = { ...publisherKey({ dataset, token }), batchId, run, token, enteredAt: now.toISOString(), folders: [] }
      // Noted first: one that dies after it has the lease is known.
      await client.send(new PutCommand({ TableName, Item: { ...Item, expiresAtEpoch: epochSeconds(now) + PUBLISHER_DAYS * 86_400 } }))
      return take(dataset, owner, ttlSeconds, token)
    },

    async holds(dataset, owner, token) {
      const { Item } = await client.send(new GetCommand({ TableName, Key: keyOf(dataset), ConsistentRead: true }))
      return Item?.owner === owner && Item.token === token
    },

    async note(publisher, folders) {
      const { written } = await conditionally(() =>
        client.send(
          new UpdateCommand({
            TableName,
            Key: publisherKey(publisher),
            UpdateExpression: 'SET folders = :folders, notedAt = :now',
            ConditionExpression: 'attribute_exists(pk)',
            ExpressionAttributeValues: { ':folders': folders, ':now': clock.now().toISOString() },
          }),
        ),
      )
      return written
    },

    async leave(publisher, published) {
      const Key = publisherKey(publisher)
      if (published === undefined) return void (await client.send(new DeleteCommand({ TableName, Key })))
      const Item = announcementRow({ ...published, publishedAt: clock.now().toISOString() })
      // Together, so that a publication is never without both.
      await client.send(new TransactWriteCommand({ TransactItems: [{ Put: { TableName, Item } }, { Delete: { TableName, Key } }] }))
    },

    async publishers(dataset) {
      const found: Publisher[] = []
      const pages = paginateQuery(
        { client },
        {
          TableName,
          ConsistentRead: true,
          KeyConditionExpression: 'pk = :pk AND begins_with(sk, :publisher)',
          ExpressionAttributeValues: { ':pk': datasetKey(dataset), ':publisher': 'PUBLISHER#' },
        },
      )
      for await (const { Items = [] } of pages) {
        for (const { batchId, run, token, enteredAt, notedAt, folders } of Items)
          found.push({ dataset, batchId, run, token, enteredAt, ...(notedAt !== undefined && { notedAt }), folders })
      }
      return found.sort(newestFirst)
    },
  }
}
