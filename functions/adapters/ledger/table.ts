import { type AttributeValue, ConditionalCheckFailedException, DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb'
import { unmarshall } from '@aws-sdk/util-dynamodb'

/** The one DynamoDB table; its rows and who reads them are listed in docs/ledger.md. */
export interface LedgerTable {
  client: DynamoDBDocumentClient
  tableName: string
}

export function ledgerTable(tableName: string, client = new DynamoDBClient({})): LedgerTable {
  return { client: DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } }), tableName }
}

export const datasetKey = (dataset: string) => `DATASET#${dataset}`

/** DynamoDB's time-to-live wants whole seconds. */
export const epochSeconds = (date: Date) => Math.floor(date.getTime() / 1000)

/** Runs a conditional write; false (and what stood, when it was asked for) in place of the refusal. */
export async function conditionally<T>(
  write: () => Promise<T>,
): Promise<{ written: true; answer: T } | { written: false; standing: Row | undefined }> {
  try {
    return { written: true, answer: await write() }
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException || (error as Error).name === 'ConditionalCheckFailedException') {
      return { written: false, standing: unmarshalled((error as ConditionalCheckFailedException).Item) }
    }
    throw error
  }
}
export type Row = Record<string, unknown>

/** The document client leaves the item of a refused condition as it came: attribute values by type letter. */
export const unmarshalled = (item: Record<string, unknown> | undefined): Row | undefined =>
  item && unmarshall(item as Record<string, AttributeValue>)
