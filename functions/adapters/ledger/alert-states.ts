import { DeleteCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb'
import type { AlertStates } from '../../ports/alerts.ts'
import type { Clock } from '../../ports/clock.ts'
import { conditionally, datasetKey, type LedgerTable } from './table.ts'

/** Rows DATASET#<dataset> / ALERT#<kind>: there while the alert is up. */
export function dynamodbAlertStates({ client, tableName: TableName }: LedgerTable, clock: Clock): AlertStates {
  const keyOf = (dataset: string, kind: string) => ({ pk: datasetKey(dataset), sk: `ALERT#${kind}` })
  return {
    async observe(dataset, kind, firing) {
      const Key = keyOf(dataset, kind)
      if (!firing) {
        const removal = await conditionally(() =>
          client.send(new DeleteCommand({ TableName, Key, ConditionExpression: 'attribute_exists(pk)' })),
        )
        return removal.written ? 'recovered' : 'quiet'
      }
      const { Attributes } = await client.send(
        new UpdateCommand({
          TableName,
          Key,
          UpdateExpression: 'SET firingSince = if_not_exists(firingSince, :now) ADD observations :one',
          ExpressionAttributeValues: { ':now': clock.now().toISOString(), ':one': 1 },
          ReturnValues: 'ALL_OLD',
        }),
      )
      return Attributes === undefined ? 'first' : 'ongoing'
    },
  }
}
