import fc from 'fast-check'
import { expect, it } from 'vitest'
import { kafkaRecords } from '../../../functions/domain/stream/kafka-event.ts'
import { landStream } from '../../../functions/use-cases/streams/land-stream.ts'
import { memoryRaw } from './records.ts'

const MIDNIGHT = Date.parse('2026-03-02T00:00:00Z')

interface TopicRecord {
  topic: string
  partition: number
  offset: number
  timestamp: number
  key: string | null
  value: string | null
}

/** What goes wrong in one call: nothing, S3 refuses, S3 writes and says that it did not, the function dies after its work. */
const faults = fc.constantFrom('none', 'refused', 'written-and-refused', 'dies-after')
const values = fc.oneof(
  { weight: 4, arbitrary: fc.integer().map((id) => Buffer.from(JSON.stringify({ id }))) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 12 }).map((bytes) => Buffer.from(bytes)) },
  { weight: 1, arbitrary: fc.constant(null) },
)
// Producers' clocks go back and forth over midnight, and one is out of all bounds.
const times = fc.oneof(
  fc.integer({ min: -2, max: 2 }).map((later) => MIDNIGHT + later),
  fc.constantFrom(-1, 1e17),
)
const topics = fc
  .array(fc.record({ partition: fc.integer({ min: 0, max: 2 }), value: values, timestamp: times }), { minLength: 1, maxLength: 40 })
  .map((records) => {
    const next = [100, 200, 300]
    return records.map(({ partition, value, timestamp }): TopicRecord => {
      const offset = next[partition] as number
      // Transactions and compaction leave gaps.
      next[partition] = offset + 1 + (offset % 2)
      return { topic: 'clicks', partition, offset, timestamp, key: null, value: value && value.toString('base64') }
    })
  })

const landed = async (batch: TopicRecord[], raw: ReturnType<typeof memoryRaw>['rawObjects'], fault: string) => {
  const byPartition: Record<string, TopicRecord[]> = {}
  for (const record of batch) {
    byPartition[`${record.topic}-${record.partition}`] ??= []
    byPartition[`${record.topic}-${record.partition}`]?.push(record)
  }
  const failure = await landStream(kafkaRecords({ eventSource: 'aws:kafka', records: byPartition }), {
    rawObjects: {
      async create(key, text) {
        if (fault === 'refused') throw new Error('AccessDenied')
        await raw.create(key, text)
        if (fault === 'written-and-refused') throw new Error('ECONNRESET')
        return true
      },
    },
    counters: { count: () => {} },
    log: { warn: () => {} },
    clock: { now: () => new Date(MIDNIGHT) },
    settings: { dataset: 'clicks', partitionKey: 'arrival_date' },
  })
  return failure === undefined && fault !== 'dies-after'
}

it('every record lands whatever fails and however partitions move: once by position, malformed ones with their bytes', async () => {
  await fc.assert(
    fc.asyncProperty(
      topics,
      fc.array(faults, { maxLength: 12 }),
      fc.array(fc.integer({ min: 1, max: 15 }), { minLength: 1, maxLength: 8 }),
      async (records, troubles, sizes) => {
        const { rawObjects, lines } = memoryRaw()
        const committed = [0, 0, 0]
        const isLeft = ({ partition, offset }: TopicRecord) => offset > (committed[partition] as number)
        for (let call = 0; records.some(isLeft); call++) {
          // A rebalance gives partitions to another poller, which begins at what was committed and gathers another number of records.
          const batch = records.filter(isLeft).slice(0, sizes[call % sizes.length])
          if (!(await landed(batch, rawObjects, troubles.shift() ?? 'none'))) continue
          for (const { partition, offset } of batch) committed[partition] = offset
        }
        const found = lines().map((line) => JSON.parse(line))
        for (const { partition, offset, value } of records) {
          const copies = found.filter((each) => positionOf(each) === `clicks-${partition}:${offset}`)
          expect(copies.length).toBeGreaterThan(0)
          expect(new Set(copies.map((each) => JSON.stringify(each))).size).toBe(1)
          if (Array.isArray(copies[0])) expect(copies[0][0]._bytes).toBe(value ?? '')
          else expect(copies[0]).toMatchObject(JSON.parse(Buffer.from(value as string, 'base64').toString()))
        }
        expect(new Set(found.map(positionOf)).size).toBe(records.length)
      },
    ),
    { numRuns: Number(process.env.SLUICE_STREAM_RUNS ?? 200) },
  )
})

it('a batch has one object for each partition and day, however its times go back and forth, and a repeat writes none', async () => {
  const { objects, rawObjects } = memoryRaw()
  const at = (partition: number, offset: number, timestamp: number): TopicRecord => ({
    ...{ topic: 'my.clicks_1', partition, offset, timestamp },
    ...{ key: null, value: 'e30=' },
  })
  const batch = [
    at(0, 4, MIDNIGHT),
    at(0, 5, MIDNIGHT - 1),
    at(0, 6, MIDNIGHT + 1),
    at(0, 7, MIDNIGHT - 2),
    at(1, 1, MIDNIGHT),
    at(1, 2, -1),
  ]
  for (let call = 0; call < 2; call++) expect(await landed(batch, rawObjects, 'none')).toBe(true)
  expect([...objects.keys()]).toEqual([
    'raw/clicks/arrival_date=2026-03-02/20260302T000000Z_my.clicks_1-0_4_6.json.gz',
    'raw/clicks/arrival_date=2026-03-01/20260301T235959Z_my.clicks_1-0_5_7.json.gz',
    'raw/clicks/arrival_date=2026-03-02/20260302T000000Z_my.clicks_1-1_1_1.json.gz',
    'raw/clicks/arrival_date=1970-01-01/19700101T000000Z_my.clicks_1-1_2_2.json.gz',
  ])
})

const positionOf = (line: any): string => (Array.isArray(line) ? line[0] : line)._stream_position
