import { isDeepStrictEqual } from 'node:util'
import { GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb'
import { type Flow, INITIAL_FLOW } from '../../../domain/landing/flow.ts'
import type { Flows } from '../../../ports/landings.ts'
import { conditionally, datasetKey, type LedgerTable } from './table.ts'

/** Row DATASET#<dataset> / FLOW: the phase with its fields, as one map, beside the marks and the revision. */
export function dynamodbFlows({ client, tableName: TableName }: LedgerTable): Flows {
  const keyOf = (dataset: string) => ({ pk: datasetKey(dataset), sk: 'FLOW' })
  return {
    async read(dataset) {
      const { Item } = await client.send(new GetCommand({ TableName, Key: keyOf(dataset), ConsistentRead: true }))
      if (Item === undefined) return INITIAL_FLOW
      const { phase, revision, crawledThrough, batches } = Item
      return { ...phase, revision, crawledThrough, batches } as Flow
    },

    async advance(dataset, expected, next, { crawledThrough = expected.crawledThrough, batches = expected.batches } = {}) {
      const write = await conditionally(() =>
        client.send(
          new PutCommand({
            TableName,
            Item: { ...keyOf(dataset), phase: next, revision: expected.revision + 1, crawledThrough, batches },
            ConditionExpression: expected.revision === 0 ? 'attribute_not_exists(pk)' : 'revision = :revision',
            ...(expected.revision > 0 && { ExpressionAttributeValues: { ':revision': expected.revision } }),
            ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
          }),
        ),
      )
      // The client repeats a call whose answer was lost, and is then refused on account of its own first write.
      return write.written || (write.existing?.revision === expected.revision + 1 && isDeepStrictEqual(write.existing.phase, next))
    },
  }
}
