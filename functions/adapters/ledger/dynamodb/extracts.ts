import { GetCommand, PutCommand, QueryCommand } from '@aws-sdk/lib-dynamodb'
import type { ExtractRecord } from '../../../domain/extract/extract.ts'
import type { Clock } from '../../../ports/clock.ts'
import type { Extracts, Watermark } from '../../../ports/extracts.ts'
import { datasetKey, epochSeconds, type LedgerTable } from './table.ts'

const KEPT_DAYS = 90
const PREFIX = 'EXTRACT#'
const WATERMARK = 'WATERMARK'

/** Rows DATASET#<dataset> / EXTRACT#<extract id>, which begins with its time, and WATERMARK. */
export function dynamodbExtracts({ client, tableName: TableName }: LedgerTable, clock: Clock): Extracts {
  return {
    async save(record) {
      const expiresAtEpoch = epochSeconds(clock.now()) + KEPT_DAYS * 86_400
      const Item = { pk: datasetKey(record.dataset), sk: `${PREFIX}${record.extractId}`, ...record, expiresAtEpoch }
      await client.send(new PutCommand({ TableName, Item }))
    },
    async recent(dataset, limit) {
      const { Items = [] } = await client.send(
        new QueryCommand({
          TableName,
          ConsistentRead: true,
          ScanIndexForward: false,
          Limit: limit,
          KeyConditionExpression: 'pk = :pk AND begins_with(sk, :prefix)',
          ExpressionAttributeValues: { ':pk': datasetKey(dataset), ':prefix': PREFIX },
        }),
      )
      return Items.map(({ pk: _pk, sk: _sk, expiresAtEpoch: _epoch, ...record }) => record as ExtractRecord)
    },
    async watermark(dataset) {
      const { Item } = await client.send(
        new GetCommand({ TableName, Key: { pk: datasetKey(dataset), sk: WATERMARK }, ConsistentRead: true }),
      )
      return Item && { of: String(Item.of), upper: String(Item.upper), extractId: String(Item.extractId) }
    },
    async saveWatermark(dataset, watermark: Watermark) {
      await client.send(new PutCommand({ TableName, Item: { pk: datasetKey(dataset), sk: WATERMARK, ...watermark } }))
    },
  }
}
