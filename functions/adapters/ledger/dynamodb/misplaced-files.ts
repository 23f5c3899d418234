import { GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb'
import { MOST_NOTED } from '../../../domain/landing/misplaced.ts'
import type { MisplacedFiles } from '../../../ports/landings.ts'
import { conditionally, datasetKey, type LedgerTable } from './table.ts'

/** Row DATASET#<dataset> / MISPLACED: a set of keys, so that an event that comes again changes nothing. */
export function dynamodbMisplacedFiles({ client, tableName: TableName }: LedgerTable): MisplacedFiles {
  const Key = (dataset: string) => ({ pk: datasetKey(dataset), sk: 'MISPLACED' })
  return {
    async note(dataset, keys) {
      await conditionally(() =>
        client.send(
          new UpdateCommand({
            TableName,
            Key: Key(dataset),
            UpdateExpression: 'ADD files :files',
            ConditionExpression: 'attribute_not_exists(files) OR size(files) < :most',
            ExpressionAttributeValues: { ':files': new Set(keys.slice(0, MOST_NOTED)), ':most': MOST_NOTED },
          }),
        ),
      )
    },
    async forget(dataset, keys) {
      await conditionally(() =>
        client.send(
          new UpdateCommand({
            TableName,
            Key: Key(dataset),
            UpdateExpression: 'DELETE files :files',
            ConditionExpression: 'attribute_exists(files)',
            ExpressionAttributeValues: { ':files': new Set(keys) },
          }),
        ),
      )
    },
    async find(dataset) {
      const { Item } = await client.send(new GetCommand({ TableName, Key: Key(dataset) }))
      return [...((Item?.files as Set<string> | undefined) ?? [])].sort()
    },
  }
}
