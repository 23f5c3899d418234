import { describe, expect, it } from 'vitest'
import type { StreamMappingDefinition } from '../../../laptop/cloudformation/resource-type.ts'
import type { Invocation } from '../../../laptop/lambda/execution-environment.ts'
import { deliver, type ShardRecord } from '../../../laptop/lambda/stream-batches.ts'

// As https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-batchfailurereporting.html and kinesis-on-failure-destination.html have it.

const NOW = new Date('2026-03-01T12:00:00Z')
const recordsOf = (...numbers: number[]): ShardRecord[] =>
  numbers.map((number) => ({ sequenceNumber: String(number), partitionKey: 'k', data: new Uint8Array(), arrivedAt: NOW }))
const fails: Invocation = { error: { errorType: 'Error', errorMessage: 'no' } }
const answers = (...itemIdentifiers: string[]): Invocation => ({
  payload: JSON.stringify({ batchItemFailures: itemIdentifiers.map((itemIdentifier) => ({ itemIdentifier })) }),
})

async function run(
  records: ShardRecord[],
  more: Partial<StreamMappingDefinition>,
  answer: (numbers: string[], call: number) => Invocation,
) {
  const calls: string[][] = []
  const givenUp: [string[], string, number][] = []
  const mapping = {
    reportsItemFailures: true,
    bisects: true,
    maximumRetries: -1,
    maximumAgeSeconds: -1,
    ...more,
  } as StreamMappingDefinition
  const numbersOf = (some: ShardRecord[]) => some.map(({ sequenceNumber }) => sequenceNumber)
  await deliver(records, mapping, {
    async invoke(batch) {
      calls.push(numbersOf(batch))
      return answer(numbersOf(batch), calls.length)
    },
    giveUp: async (batch, why, attempts) => void givenUp.push([numbersOf(batch), why, attempts]),
    pause: async () => {},
    now: () => NOW,
  })
  return { calls, givenUp }
}

describe('a batch of a stream', () => {
  it('comes again from the lowest record that the function reports', async () => {
    const { calls } = await run(recordsOf(1, 2, 3, 4), {}, (_, call) => (call === 1 ? answers('4', '3') : answers()))
    expect(calls).toEqual([
      ['1', '2', '3', '4'],
      ['3', '4'],
    ])
  })

  it.each([
    ['fails', fails],
    ['reports a record that is not in it', answers('99')],
  ])('is split in two when its call %s', async (_, first) => {
    const { calls } = await run(recordsOf(1, 2, 3), {}, (_numbers, call) => (call === 1 ? first : answers()))
    expect(calls).toEqual([['1', '2', '3'], ['1', '2'], ['3']])
  })

  it('of one record is tried as often as the mapping allows, then its position is sent on', async () => {
    const { calls, givenUp } = await run(recordsOf(1, 2), { maximumRetries: 2 }, (numbers) => (numbers.includes('2') ? fails : answers()))
    expect(calls).toEqual([['1', '2'], ['1'], ['2'], ['2'], ['2']])
    expect(givenUp).toEqual([[['2'], 'RetryAttemptsExhausted', 3]])
  })

  it('that is too old is not tried', async () => {
    const old = recordsOf(1).map((record) => ({ ...record, arrivedAt: new Date(NOW.getTime() - 61_000) }))
    const { calls, givenUp } = await run(old, { maximumAgeSeconds: 60 }, () => answers())
    expect([calls, givenUp]).toEqual([[], [[['1'], 'RecordAgeExceeded', 0]]])
  })

  it('is not read for reports when the mapping does not ask for them', async () => {
    const { calls } = await run(recordsOf(1), { reportsItemFailures: false }, () => answers('1'))
    expect(calls).toEqual([['1']])
  })
})
