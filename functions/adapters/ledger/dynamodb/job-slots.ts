import { setTimeout as sleep } from 'node:timers/promises'
import { GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb'
import { freeSlot, NO_SLOTS, type JobSlots as Slots, takeSlot } from '../../../domain/batch/job-slots.ts'
import { ThrottledError } from '../../../domain/errors.ts'
import type { Clock } from '../../../ports/clock.ts'
import type { JobSlots } from '../../../ports/leases.ts'
import { conditionally, type LedgerTable } from './table.ts'

const MAX_ROUNDS = 12
const Key = { pk: 'STAGE', sk: 'JOBSLOTS' }

/** Row STAGE / JOBSLOTS: an entry for each dataset whose batch runs its job or waits for a turn, some 200 bytes each. */
export function dynamodbJobSlots({ client, tableName: TableName }: LedgerTable, clock: Clock): JobSlots {
  async function read(): Promise<Slots> {
    const { Item } = await client.send(new GetCommand({ TableName, Key, ConsistentRead: true }))
    return Item === undefined ? NO_SLOTS : { entries: Item.entries, revision: Item.revision }
  }

  // Many batches may ask at once. One of them changes the row, and the others look again.
  async function change<Answer>(decide: (slots: Slots) => { entries?: Slots['entries'] | undefined; answer: Answer }): Promise<Answer> {
    for (let round = 0; round < MAX_ROUNDS; round += 1) {
      const slots = await read()
      const { entries, answer } = decide(slots)
      if (entries === undefined) return answer
      const { written } = await conditionally(() =>
        client.send(
          new PutCommand({
            TableName,
            Item: { ...Key, entries, revision: slots.revision + 1 },
            ConditionExpression: slots.revision === 0 ? 'attribute_not_exists(pk)' : 'revision = :revision',
            ...(slots.revision > 0 && { ExpressionAttributeValues: { ':revision': slots.revision } }),
          }),
        ),
      )
      if (written) return answer
      await sleep(Math.random() * 50 * 2 ** Math.min(round, 5))
    }
    throw new ThrottledError('many batches ask for a job slot at once')
  }

  return {
    take: (dataset, owner, most) =>
      change((slots) => {
        const { entries, ...answer } = takeSlot(slots, { dataset, owner, most, now: clock.now().toISOString() })
        const waitsOn = !answer.taken && slots.entries[dataset]?.owner === owner
        return { answer, ...(!waitsOn && { entries }) }
      }),
    free: (dataset, owner, heldBefore) =>
      change((slots) => {
        const entries = freeSlot(slots, dataset, owner, heldBefore)
        return { answer: entries !== undefined, entries }
      }),
    entries: async () => (await read()).entries,
  }
}
