import { ConditionalCheckFailedException, DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb'

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

/** Runs a conditional write; false (and the existing row, when asked for) in place of the refusal. */
export async function conditionally<T>(
  write: () => Promise<T>,
): Promise<{ written: true; answer: T } | { written: false; existing: Row | undefined }> {
  try {
    return { written: true, answer: await write() }
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException || (error as Error).name === 'ConditionalCheckFailedException') {
      return { written: false, existing: unmarshalled((error as ConditionalCheckFailedException).Item) }
    }
    throw error
  }
}
export type Row = Record<string, unknown>

// The document client leaves an exception's item as it came: attribute values by type letter.
export function unmarshalled(item: Record<string, unknown> | undefined): Row | undefined {
  return (
    item && Object.fromEntries(Object.entries(item).map(([name, value]) => [name, unmarshalledValue(value as Record<string, unknown>)]))
  )
}

function unmarshalledValue(value: Record<string, unknown>): unknown {
  const [type, content] = Object.entries(value)[0] ?? []
  if (type === 'N') return Number(content)
  if (type === 'M') return unmarshalled(content as Record<string, unknown>)
  return type === 'NULL' ? null : content
}
