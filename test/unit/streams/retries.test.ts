import fc from 'fast-check'
import { expect, it } from 'vitest'
import { kinesisRecords } from '../../../functions/domain/stream/kinesis-event.ts'
import { landStream } from '../../../functions/use-cases/streams/land-stream.ts'
import type { StreamMappingDefinition } from '../../../laptop/cloudformation/resource-type.ts'
import { deliver, type ShardRecord } from '../../../laptop/lambda/stream-batches.ts'
import { kinesisEvent } from '../../../laptop/lambda/stream-messages.ts'
import { memoryRaw } from './records.ts'

const SHARD = 'shardId-000000000003'
const MAPPING = { reportsItemFailures: true, bisects: true, maximumRetries: -1, maximumAgeSeconds: -1 } as StreamMappingDefinition
const MIDNIGHT = Date.parse('2026-03-02T00:00:00Z')

/** What goes wrong in one call: nothing, S3 refuses, S3 writes and says that it did not, the function dies before or after its work. */
const faults = fc.constantFrom('none', 'refused', 'written-and-refused', 'dies-before', 'dies-after')
const payloads = fc.oneof(
  { weight: 4, arbitrary: fc.integer().map((id) => Buffer.from(JSON.stringify({ id }))) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 12 }).map((bytes) => Buffer.from(bytes)) },
)
const streams = fc.array(fc.record({ data: payloads, later: fc.integer({ min: -2, max: 2 }) }), { minLength: 1, maxLength: 40 })

it('every record lands whatever fails: once by position, malformed ones with their bytes, no object with another text', async () => {
  await fc.assert(
    fc.asyncProperty(streams, fc.array(faults, { maxLength: 12 }), fc.integer({ min: 1, max: 15 }), async (stream, troubles, batchSize) => {
      const records: ShardRecord[] = stream.map(({ data, later }, place) => ({
        sequenceNumber: String(1000 + place),
        partitionKey: 'k',
        data,
        arrivedAt: new Date(MIDNIGHT + later),
      }))
      const { rawObjects, lines } = memoryRaw()
      for (let start = 0; start < records.length; start += batchSize)
        await deliverTo(records.slice(start, start + batchSize), rawObjects, troubles)
      const landed = lines().map((line) => JSON.parse(line))
      for (const { sequenceNumber, data } of records) {
        const copies = landed.filter((each) => positionOf(each) === `${SHARD}:${sequenceNumber}`)
        expect(copies.length).toBeGreaterThan(0)
        expect(new Set(copies.map((each) => JSON.stringify(each))).size).toBe(1)
        if (Array.isArray(copies[0])) expect(Buffer.from(copies[0][0]._bytes, 'base64')).toEqual(Buffer.from(data))
        else expect(copies[0]).toMatchObject(JSON.parse(Buffer.from(data).toString()))
      }
      expect(new Set(landed.map(positionOf)).size).toBe(records.length)
    }),
    { numRuns: Number(process.env.SLUICE_STREAM_RUNS ?? 200) },
  )
})

const positionOf = (line: any): string => (Array.isArray(line) ? line[0] : line)._stream_position

/** One invocation after another; once the troubles are used up, all goes well. */
function deliverTo(records: ShardRecord[], rawObjects: ReturnType<typeof memoryRaw>['rawObjects'], troubles: string[]) {
  const died = { error: { errorType: 'Runtime.ExitError', errorMessage: 'killed' } }
  return deliver(records, MAPPING, {
    async invoke(batch) {
      const trouble = troubles.shift() ?? 'none'
      if (trouble === 'dies-before') return died
      const failure = await landStream(kinesisRecords(kinesisEvent(SHARD, batch, 'arn:aws:kinesis:us-east-1:1:stream/s')), {
        rawObjects: {
          async create(key, text) {
            if (trouble === 'refused') throw new Error('AccessDenied')
            await rawObjects.create(key, text)
            if (trouble === 'written-and-refused') throw new Error('ECONNRESET')
            return true
          },
        },
        counters: { count: () => {} },
        log: { warn: () => {} },
        clock: { now: () => new Date(MIDNIGHT) },
        settings: { dataset: 'clicks', partitionKey: 'arrival_date' },
      })
      if (trouble === 'dies-after') return died
      return { payload: JSON.stringify({ batchItemFailures: failure ? [{ itemIdentifier: failure.from.sequence }] : [] }) }
    },
    giveUp: () => expect.unreachable(),
    pause: async () => {},
    now: () => new Date(MIDNIGHT),
  })
}
