import { GetCommand, PutCommand, paginateQuery } from '@aws-sdk/lib-dynamodb'
import type { BatchRecord } from '../../../domain/batch/record.ts'
import type { Batches } from '../../../ports/batches.ts'
import type { Clock } from '../../../ports/clock.ts'
import { conditionally, epochSeconds, type LedgerTable, type Row } from './table.ts'

/** For `sluice status`; what failed stays until it has been dealt with. */
const CLOSED_BATCH_DAYS = 90

const batchesKey = (dataset: string) => `BATCH#${dataset}`

/** Rows BATCH#<dataset> / <batch id>; those that run or have failed carry `waitingSince` and so are in the index `waiting`. */
export function dynamodbBatches({ client, tableName: TableName }: LedgerTable, clock: Clock): Batches {
  return {
    async find(dataset, batchId) {
      const { Item } = await client.send(new GetCommand({ TableName, Key: { pk: batchesKey(dataset), sk: batchId }, ConsistentRead: true }))
      return Item && recordOf(Item)
    },

    async save(record) {
      const { dataset, batchId, revision, ...fields } = record
      const open = record.status === 'running' || record.status === 'failed'
      const write = await conditionally(() =>
        client.send(
          new PutCommand({
            TableName,
            Item: {
              pk: batchesKey(dataset),
              sk: batchId,
              dataset,
              ...fields,
              revision: revision + 1,
              ...(open ? { waitingSince: record.startedAt } : { expiresAtEpoch: epochSeconds(clock.now()) + CLOSED_BATCH_DAYS * 86_400 }),
            },
            ConditionExpression: revision === 0 ? 'attribute_not_exists(pk)' : 'revision = :revision',
            ...(revision > 0 && { ExpressionAttributeValues: { ':revision': revision } }),
          }),
        ),
      )
      return write.written
    },

    async open(dataset) {
      const rows: BatchRecord[] = []
      const pages = paginateQuery(
        { client },
        {
          TableName,
          IndexName: 'waiting',
          ConsistentRead: true,
          KeyConditionExpression: 'pk = :pk',
          ExpressionAttributeValues: { ':pk': batchesKey(dataset) },
        },
      )
      for await (const { Items = [] } of pages) rows.push(...Items.map(recordOf))
      return rows
    },

    async recent(dataset, limit) {
      const rows: BatchRecord[] = []
      // Batch ids begin with their time, so that the row order is the time's.
      const pages = paginateQuery(
        { client, pageSize: limit },
        {
          TableName,
          ScanIndexForward: false,
          KeyConditionExpression: 'pk = :pk',
          ExpressionAttributeValues: { ':pk': batchesKey(dataset) },
        },
      )
      for await (const { Items = [] } of pages) {
        rows.push(...Items.map(recordOf))
        if (rows.length >= limit) break
      }
      return rows.slice(0, limit)
    },
  }
}

function recordOf({ pk: _pk, sk, waitingSince: _waitingSince, expiresAtEpoch: _expiry, ...fields }: Row): BatchRecord {
  return { batchId: sk, ...fields } as unknown as BatchRecord
}
