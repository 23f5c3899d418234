import { parseArgs } from 'node:util'
import type { S3Client } from '@aws-sdk/client-s3'
import { s3RawObjects } from '../../../functions/adapters/s3/raw-objects.ts'
import { kafkaRecords } from '../../../functions/domain/stream/kafka-event.ts'
import { kinesisRecords } from '../../../functions/domain/stream/kinesis-event.ts'
import { landStream } from '../../../functions/use-cases/streams/land-stream.ts'
import { kinesisEvent } from '../../../laptop/lambda/stream-messages.ts'
import { topicEvent } from '../../../laptop/lambda/topics/topic-event.ts'

// How many events a second the landers of a stream and of a topic take on one core, from the text of Lambda's event to the bytes for S3, and whether
// memory stays as it is. S3 itself is left out.

const { values } = parseArgs({
  options: { json: { type: 'boolean' }, calls: { type: 'string', default: '60' }, records: { type: 'string', default: '10000' } },
})
const [calls, records] = [Number(values.calls), Number(values.records)]
const WARM_UP = 5

const textOf = (id: number) =>
  `{"event_id":"${id.toString(36).padStart(24, 'e')}","user_id":${id % 9973},"page":"/products/${id % 977}?ref=campaign-${id % 31}","amount":${(id % 100000) / 100},"occurred_at":"2026-03-01T12:${String(id % 60).padStart(2, '0')}:00.${id % 1000}Z","agent":"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36","country":"DE","session":"${(id * 7919).toString(16).padStart(16, '0')}"}`

const idsOf = (call: number) => Array.from({ length: records }, (_, place) => call * records + place)
const timeOf = (id: number) => 1_772_366_400_000 + id

/** Of each kind of stream: the event of a call, and what reads it. Records of the topic have a key and two headers, from four partitions. */
const KINDS = {
  kinesis: {
    recordsOf: kinesisRecords,
    event: (call: number) =>
      kinesisEvent(
        'shardId-000000000000',
        idsOf(call).map((id) => ({
          sequenceNumber: String(10n ** 55n + BigInt(id)),
          partitionKey: String(id % 9973),
          data: Buffer.from(textOf(id)),
          arrivedAt: new Date(timeOf(id)),
        })),
        'arn:aws:kinesis:us-east-1:123456789012:stream/clicks',
      ),
  },
  kafka: {
    recordsOf: kafkaRecords,
    event: (call: number) =>
      topicEvent(
        idsOf(call).map((id) => ({
          partition: id % 4,
          offset: BigInt(id),
          timestamp: BigInt(timeOf(id)),
          key: Buffer.from(String(id % 9973)),
          value: Buffer.from(textOf(id)),
          headers: new Map([
            [Buffer.from('traceparent'), Buffer.from(`00-${id.toString(16).padStart(32, '0')}-00f067aa0ba902b7-01`)],
            [Buffer.from('source'), Buffer.from('web')],
          ]),
        })),
        { servers: ['127.0.0.1:9092'], topic: 'clicks' },
      ),
  },
}

let written = 0
const client = { send: async ({ input }: { input: { Body: Buffer } }) => void (written += input.Body.length) } as unknown as S3Client
const world = {
  rawObjects: s3RawObjects('raw', client),
  counters: { count: () => {} },
  log: { warn: () => {} },
  clock: { now: () => new Date() },
  settings: { dataset: 'clicks', partitionKey: 'arrival_date' },
}

const memory = () => {
  globalThis.gc?.()
  return Math.round(process.memoryUsage().rss / 1024 ** 2)
}

async function measure({ recordsOf, event }: (typeof KINDS)[keyof typeof KINDS]) {
  let bytes = 0
  let seconds = 0
  let memoryAfterWarmUp = 0
  written = 0
  for (let call = 0; call < WARM_UP + calls; call++) {
    const text = JSON.stringify(event(call))
    if (call === WARM_UP) memoryAfterWarmUp = memory()
    const started = process.cpuUsage()
    const failure = await landStream(recordsOf(JSON.parse(text)), world)
    if (failure) throw failure.error
    const { user, system } = process.cpuUsage(started)
    if (call >= WARM_UP) seconds += (user + system) / 1e6
    bytes += text.length
  }
  return {
    events: calls * records,
    cpuSeconds: Number(seconds.toFixed(2)),
    eventsPerSecond: Math.round((calls * records) / seconds),
    bytesOfEvent: Math.round(bytes / (WARM_UP + calls) / records),
    bytesWritten: written,
    megabytesAfterWarmUp: memoryAfterWarmUp,
    megabytesAtTheEnd: memory(),
  }
}

const results: Record<string, Awaited<ReturnType<typeof measure>>> = {}
for (const [name, kind] of Object.entries(KINDS)) results[name] = await measure(kind)
const table = Object.entries(results).flatMap(([name, result]) => [
  name,
  ...Object.entries(result).map(([measured, value]) => `  ${measured.padEnd(22)}${value}`),
])
process.stdout.write(`${values.json ? JSON.stringify(results) : table.join('\n')}\n`)
