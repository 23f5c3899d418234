import { GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb'
import type { JobTime } from '../../../domain/batch/job-times.ts'
import type { JobTimes } from '../../../ports/batches.ts'
import { datasetKey, type LedgerTable } from './table.ts'

/** Row DATASET#<dataset> / JOBTIMES. Written without a condition: a time that two batches at once lose moves no median. */
export function dynamodbJobTimes({ client, tableName: TableName }: LedgerTable): JobTimes {
  const keyOf = (dataset: string) => ({ pk: datasetKey(dataset), sk: 'JOBTIMES' })
  return {
    async read(dataset) {
      const { Item } = await client.send(new GetCommand({ TableName, Key: keyOf(dataset) }))
      return (Item?.times ?? []) as JobTime[]
    },
    async write(dataset, times) {
      await client.send(new PutCommand({ TableName, Item: { ...keyOf(dataset), times } }))
    },
  }
}
