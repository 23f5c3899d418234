import { DeleteCommand, GetCommand, PutCommand, paginateQuery } from '@aws-sdk/lib-dynamodb'
import type { AlertState, AlertStates } from '../../../ports/alerts.ts'
import { conditionally, datasetKey, type LedgerTable, type Row } from './table.ts'

/** Rows DATASET#<dataset> / ALERT#<kind>: there from when a trouble begins until its end has been told. */
export function dynamodbAlertStates({ client, tableName: TableName }: LedgerTable): AlertStates {
  const keyOf = ({ dataset, kind }: Pick<AlertState, 'dataset' | 'kind'>) => ({ pk: datasetKey(dataset), sk: `ALERT#${kind}` })
  const write = ({ revision, since, firing, untold, ...id }: AlertState) => ({
    TableName,
    Item: { ...keyOf(id), firingSince: since, firing, untold, revision: revision + 1 },
    ...unchangedSince(revision),
  })
  // A dataset has a handful of rows: those that are not asked for cost nothing.
  const rowsOf = async (dataset: string) => {
    const found: AlertState[] = []
    const pages = paginateQuery(
      { client },
      {
        TableName,
        ConsistentRead: true,
        KeyConditionExpression: 'pk = :pk AND begins_with(sk, :alert)',
        ExpressionAttributeValues: { ':pk': datasetKey(dataset), ':alert': 'ALERT#' },
      },
    )
    for await (const { Items = [] } of pages) found.push(...Items.map((row) => stateOf(dataset, row)))
    return found
  }
  return {
    async find(dataset, kind) {
      const { Item } = await client.send(new GetCommand({ TableName, Key: keyOf({ dataset, kind }), ConsistentRead: true }))
      return Item && stateOf(dataset, Item)
    },

    untold: async (dataset) => (await rowsOf(dataset)).filter(({ untold }) => untold !== undefined),
    firing: async (dataset) => (await rowsOf(dataset)).filter(({ firing }) => firing),

    async save(state) {
      const { written } = await conditionally(() => client.send(new PutCommand(write(state))))
      return written
    },

    async remove(state) {
      const { written } = await conditionally(() =>
        client.send(new DeleteCommand({ TableName, Key: keyOf(state), ...unchangedSince(state.revision) })),
      )
      return written
    },
  }
}

// A row of before this version has no revision, and no other field than `firingSince` that counts: it is firing, and was told.
const unchangedSince = (revision: number) =>
  revision === 0
    ? { ConditionExpression: 'attribute_not_exists(revision)' }
    : { ConditionExpression: 'revision = :revision', ExpressionAttributeValues: { ':revision': revision } }

function stateOf(dataset: string, { sk, firingSince, firing = true, untold, revision = 0 }: Row): AlertState {
  const kind = String(sk).slice('ALERT#'.length)
  return {
    dataset,
    kind,
    firing: firing === true,
    since: String(firingSince),
    ...(untold !== undefined && { untold: untold as NonNullable<AlertState['untold']> }),
    revision: Number(revision),
  }
}
