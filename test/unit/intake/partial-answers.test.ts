import type { BatchGetCommand, QueryCommand } from '@aws-sdk/lib-dynamodb'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { dynamodbLandings } from '../../../functions/adapters/ledger/dynamodb/landings.ts'
import type { LedgerTable, Row } from '../../../functions/adapters/ledger/dynamodb/table.ts'

const clock = { now: () => new Date(0) }
const rowOf = (key: Row): Row => ({
  ...key,
  sequencer: '1',
  size: 1,
  etag: 'e',
  partition: {},
  landedAt: '',
  recordedAt: '',
  status: 'done',
})

/** A table that answers no more than `most` rows at a time, and every third time none at all. */
function stingyTable(most: number): LedgerTable & { calls: number } {
  const table = { tableName: 'ledger', calls: 0, client: { send } as unknown as LedgerTable['client'] }
  const few = <T>(items: T[]): [T[], T[]] => {
    table.calls += 1
    const answered = table.calls % 3 === 0 ? 0 : most
    return [items.slice(0, answered), items.slice(answered)]
  }
  async function send({ input }: BatchGetCommand | QueryCommand) {
    if (!('RequestItems' in input)) return {}
    const [now, later] = few((input.RequestItems?.['ledger'] as { Keys: Row[] }).Keys)
    return {
      Responses: { ledger: now.map(rowOf) },
      ...(later.length > 0 && { UnprocessedKeys: { ledger: { Keys: later, ConsistentRead: true } } }),
    }
  }
  return table
}

it('rows that DynamoDB leaves out of a batch read are asked for again, each once', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 0, max: 250 }), fc.integer({ min: 1, max: 100 }), async (count, most) => {
      const keys = Array.from({ length: count }, (_, index) => `raw/orders/${index}.csv`)
      const found = await dynamodbLandings(stingyTable(most), clock).find('orders', keys)
      expect(found.map(({ key }) => key).sort()).toEqual(keys.sort())
    }),
    { numRuns: 50 },
  )
})
