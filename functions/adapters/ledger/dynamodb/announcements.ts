import { DeleteCommand, paginateQuery } from '@aws-sdk/lib-dynamodb'
import type { Announcement } from '../../../domain/batch/publish/published-event.ts'
import type { Announcements } from '../../../ports/publications.ts'
import { conditionally, datasetKey, type LedgerTable, type Row } from './table.ts'

const rowKey = ({ dataset, batchId, run }: Pick<Announcement, 'dataset' | 'batchId' | 'run'>) => ({
  pk: datasetKey(dataset),
  sk: `OUTBOX#${batchId}#${run}`,
})

export const announcementRow = (announcement: Announcement): Row => {
  const { dataset: _dataset, ...fields } = announcement
  return { ...rowKey(announcement), ...fields }
}

/** Rows DATASET#<dataset> / OUTBOX#<batch id>#<run>: publications whose event is not sent yet. The publisher's leave writes them. */
export function dynamodbAnnouncements({ client, tableName: TableName }: LedgerTable): Announcements {
  return {
    async due(dataset, batchId) {
      const found: Announcement[] = []
      const pages = paginateQuery(
        { client },
        {
          TableName,
          ConsistentRead: true,
          KeyConditionExpression: 'pk = :pk AND begins_with(sk, :outbox)',
          ExpressionAttributeValues: { ':pk': datasetKey(dataset), ':outbox': `OUTBOX#${batchId === undefined ? '' : `${batchId}#`}` },
        },
      )
      for await (const { Items = [] } of pages) {
        for (const { pk: _pk, sk: _sk, ...fields } of Items) found.push({ dataset, ...fields } as Announcement)
      }
      return found
    },

    async sent(announcement) {
      await conditionally(() =>
        client.send(
          new DeleteCommand({
            TableName,
            Key: rowKey(announcement),
            ConditionExpression: 'publishedAt = :at',
            ExpressionAttributeValues: { ':at': announcement.publishedAt },
          }),
        ),
      )
    },
  }
}
