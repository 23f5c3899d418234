import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { afterAll, beforeAll } from 'vitest'
import { dynamodbLedger } from '../../../functions/adapters/ledger/dynamodb/ledger.ts'
import { ledgerTable } from '../../../functions/adapters/ledger/dynamodb/table.ts'
import { inMemoryLedger } from '../../../functions/adapters/ledger/in-memory/ledger.ts'
import { systemClock } from '../../../functions/runtime/clock.ts'
import { type OpenAws, startOpenAws } from '../laptop/open-aws.ts'

export type Ledger = Omit<ReturnType<typeof inMemoryLedger>, 'expire'>

/** Every ledger that there is; one contract suite holds them to the same behaviour. */
export const LEDGERS: { name: string; open: () => () => Ledger }[] = [
  { name: 'in memory', open: () => constant(inMemoryLedger(systemClock)) },
  { name: 'on DynamoDB (moto)', open: openOnMoto },
]

const constant =
  <T>(value: T) =>
  () =>
    value

function openOnMoto(): () => Ledger {
  let server: OpenAws | undefined
  let ledger: Ledger | undefined
  beforeAll(async () => {
    server = await startOpenAws()
    const client = new DynamoDBClient({
      endpoint: server.endpoint,
      region: 'us-east-1',
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    })
    await createLedgerTable(client, 'ledger')
    ledger = dynamodbLedger('ledger', systemClock, ledgerTable('ledger', client))
  }, 120_000)
  afterAll(() => server?.stop())
  return () => ledger as Ledger
}

// As infra/ledger.yml has it.
export async function createLedgerTable(client: DynamoDBClient, TableName: string): Promise<void> {
  await client.send(
    new CreateTableCommand({
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: ['pk', 'sk', 'waitingSince'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' as const })),
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
      LocalSecondaryIndexes: [
        {
          IndexName: 'waiting',
          KeySchema: [
            { AttributeName: 'pk', KeyType: 'HASH' },
            { AttributeName: 'waitingSince', KeyType: 'RANGE' },
          ],
          Projection: { ProjectionType: 'ALL' },
        },
      ],
    }),
  )
}
