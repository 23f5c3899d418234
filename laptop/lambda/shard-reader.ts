import { setTimeout as sleep } from 'node:timers/promises'
import { GetRecordsCommand, GetShardIteratorCommand, type KinesisClient } from '@aws-sdk/client-kinesis'
import { laptopTimes } from '../laptop-times.ts'
import type { ShardRecord } from './stream-batches.ts'

/** What Lambda gives a function at once, as base64: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const PAYLOAD_BYTES = 6 * 1024 * 1024
/** Around a record's data in the event. */
const ENVELOPE_BYTES = 500

/** Gathers the records of a shard, after one or from the first on, to batches: until there are enough, or the window is over. */
export async function readShard(
  from: { StreamName: string; ShardId: string; after: string | undefined },
  { batchSize, windowSeconds }: { batchSize: number; windowSeconds: number },
  reader: {
    kinesis: KinesisClient
    signal: AbortSignal
    take(records: ShardRecord[]): Promise<void>
    /** The shard is closed and read. */
    end(): void
    /** Ends at the first look that finds nothing. */
    once?: boolean
  },
): Promise<void> {
  const { kinesis, signal } = reader
  const { StreamName, ShardId, after } = from
  const { ShardIterator } = await kinesis.send(
    new GetShardIteratorCommand({
      StreamName,
      ShardId,
      ...(after === undefined
        ? { ShardIteratorType: 'TRIM_HORIZON' }
        : { ShardIteratorType: 'AFTER_SEQUENCE_NUMBER', StartingSequenceNumber: after }),
    }),
  )
  let iterator = ShardIterator
  let held: ShardRecord[] = []
  let bytes = 0
  let since = 0
  const windowMs = Math.min(windowSeconds, laptopTimes.mostWindowSeconds) * 1000
  const flush = async () => {
    const batch = held
    held = []
    bytes = 0
    if (batch.length > 0) await reader.take(batch)
  }
  while (iterator !== undefined && !signal.aborted) {
    const { Records = [], NextShardIterator } = await kinesis.send(
      new GetRecordsCommand({ ShardIterator: iterator, Limit: Math.min(batchSize, 10_000) }),
    )
    iterator = NextShardIterator ?? undefined
    if (held.length === 0) since = Date.now()
    for (const {
      SequenceNumber = '',
      PartitionKey = '',
      Data = new Uint8Array(),
      ApproximateArrivalTimestamp: arrivedAt = new Date(0),
    } of Records) {
      const size = Math.ceil(Data.length / 3) * 4 + ENVELOPE_BYTES
      if (held.length === batchSize || (held.length > 0 && bytes + size > PAYLOAD_BYTES)) await flush()
      if (signal.aborted) return
      held.push({ sequenceNumber: SequenceNumber, partitionKey: PartitionKey, data: Data, arrivedAt })
      bytes += size
    }
    if (held.length === batchSize || Date.now() - since >= windowMs) await flush()
    if (Records.length > 0) continue
    if (reader.once && held.length === 0) return
    if (iterator !== undefined)
      await sleep(Math.min(laptopTimes.pollMs, windowMs || laptopTimes.pollMs), undefined, { signal }).catch(() => {})
  }
  if (signal.aborted) return
  await flush()
  if (iterator === undefined) reader.end()
}
