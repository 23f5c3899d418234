import { gunzipSync } from 'node:zlib'
import {
  CreateStreamCommand,
  ExpiredIteratorException,
  GetRecordsCommand,
  MergeShardsCommand,
  PutRecordsCommand,
  SplitShardCommand,
} from '@aws-sdk/client-kinesis'
import { CreateBucketCommand, GetObjectCommand, ListObjectVersionsCommand, PutBucketVersioningCommand } from '@aws-sdk/client-s3'
import { CreateQueueCommand, ReceiveMessageCommand } from '@aws-sdk/client-sqs'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { streamLag } from '../../../cli/batches/stream-lag.ts'
import { landAgain, streamBatchOf } from '../../../cli/dead-letters/land-again.ts'
import { s3ObjectStore } from '../../../functions/adapters/s3/object-store.ts'
import { s3RawObjects } from '../../../functions/adapters/s3/raw-objects.ts'
import type { Contract } from '../../../functions/domain/contract/contract.ts'
import { kinesisRecords } from '../../../functions/domain/stream/kinesis-event.ts'
import { landStream } from '../../../functions/use-cases/streams/land-stream.ts'
import { createClients } from '../../../laptop/aws/clients.ts'
import type { StreamMappingDefinition } from '../../../laptop/cloudformation/resource-type.ts'
import type { Invocation } from '../../../laptop/lambda/execution-environment.ts'
import { type Checkpoints, startStreamPoller } from '../../../laptop/lambda/stream-poller.ts'
import { laptopTimes } from '../../../laptop/laptop-times.ts'
import { startOpenAws } from './open-aws.ts'

const EVENTS = Number(process.env.SLUICE_STREAM_EVENTS ?? 4000)
/** For so many events. */
const MOST_MS = 60_000 + EVENTS * 4
const POISON = Buffer.from([0x7b, 0xff, 0x7d])
const QUEUE_ARN = 'arn:aws:sqs:us-east-1:123456789012:failures'

let moto: Awaited<ReturnType<typeof startOpenAws>>
let clients: ReturnType<typeof createClients>
beforeAll(async () => {
  moto = await startOpenAws()
  clients = createClients(moto.endpoint, 'test')
  await clients.s3.send(new CreateBucketCommand({ Bucket: 'raw' }))
  await clients.s3.send(new PutBucketVersioningCommand({ Bucket: 'raw', VersioningConfiguration: { Status: 'Enabled' } }))
  await clients.sqs.send(new CreateQueueCommand({ QueueName: 'failures' }))
}, 60_000)
afterAll(async () => {
  clients.destroy()
  await moto.stop()
})

const mappingOf = (stream: string, more: Partial<StreamMappingDefinition> = {}): StreamMappingDefinition => ({
  functionName: 'lander',
  functionArn: 'arn:aws:lambda:us-east-1:123456789012:function:lander',
  streamArn: `arn:aws:kinesis:us-east-1:123456789012:stream/${stream}`,
  batchSize: 500,
  windowSeconds: 60,
  reportsItemFailures: true,
  bisects: true,
  maximumRetries: -1,
  maximumAgeSeconds: 72_000,
  failureQueueArn: QUEUE_ARN,
  ...more,
})

/** The lander over moto's S3, as its function is called. `trouble`: what goes wrong in a call. */
function landerOf(dataset: string, trouble: (call: number) => 'dies-before' | 'dies-after' | 'refused' | undefined = () => undefined) {
  let calls = 0
  const rawObjects = s3RawObjects('raw', clients.s3)
  return async (_: string, event: unknown): Promise<Invocation> => {
    const wrong = trouble(++calls)
    const died: Invocation = { error: { errorType: 'Sandbox.Timedout', errorMessage: '' } }
    if (wrong === 'dies-before') return died
    const failure = await landStream(kinesisRecords(event), {
      rawObjects: wrong === 'refused' ? { create: () => Promise.reject(new Error('SlowDown')) } : rawObjects,
      counters: { count: () => {} },
      log: { warn: () => {} },
      clock: { now: () => new Date() },
      settings: { dataset, partitionKey: 'arrival_date' },
    })
    if (wrong === 'dies-after') return died
    return { payload: JSON.stringify({ batchItemFailures: failure ? [{ itemIdentifier: failure.from.sequence }] : [] }) }
  }
}

const put = (StreamName: string, data: Buffer[]) =>
  clients.kinesis.send(new PutRecordsCommand({ StreamName, Records: data.map((Data, place) => ({ Data, PartitionKey: String(place) })) }))

async function landed(dataset: string) {
  const { Versions = [] } = await clients.s3.send(new ListObjectVersionsCommand({ Bucket: 'raw', Prefix: `raw/${dataset}/` }))
  const lines: any[] = []
  for (const { Key } of Versions) {
    const { Body } = await clients.s3.send(new GetObjectCommand({ Bucket: 'raw', Key }))
    const text = gunzipSync((await Body?.transformToByteArray()) as Uint8Array).toString()
    lines.push(
      ...text
        .split('\n')
        .slice(0, -1)
        .map((line) => JSON.parse(line)),
    )
  }
  return { lines, keys: Versions.map(({ Key }) => Key) }
}

const untilRead = (poller: ReturnType<typeof startStreamPoller>) =>
  vi.waitFor(async () => expect(await poller.isBehind()).toBe(false), { timeout: MOST_MS, interval: 100 })

it(
  'lands every event of a stream with duplicates and poison, whatever fails, across a split, a merge and a restart',
  async () => {
    vi.spyOn(laptopTimes, 'redeliverySeconds', 'get').mockReturnValue(0.01 as never)
    await clients.kinesis.send(new CreateStreamCommand({ StreamName: 'clicks', ShardCount: 2 }))
    // Of each twenty calls.
    const troubles = { 2: 'dies-before', 3: 'dies-after', 5: 'refused', 8: 'dies-after' } as const
    const errors: unknown[] = []
    let checkpoints: Checkpoints = {}
    const start = () =>
      startStreamPoller(mappingOf('clicks'), {
        clients,
        invoke: landerOf('clicks', (call) => troubles[(call % 20) as keyof typeof troubles]),
        checkpoints,
        onCheckpoint: (next) => void (checkpoints = { ...next }),
        onError: (error) => errors.push(error),
      })
    let poller = start()
    for (let from = 0; from < EVENTS; from += 400) {
      const events = Array.from({ length: 400 }, (_, place) => Buffer.from(`{"id":${from + place},"amount":1.10}`))
      await put('clicks', [...events, events[0] as Buffer, POISON])
      if (from === Math.floor(EVENTS / 800) * 400)
        await clients.kinesis.send(
          new SplitShardCommand({ StreamName: 'clicks', ShardToSplit: 'shardId-000000000000', NewStartingHashKey: String(2n ** 126n) }),
        )
      if (from === Math.floor((EVENTS * 3) / 1600) * 400)
        await clients.kinesis.send(
          new MergeShardsCommand({
            StreamName: 'clicks',
            ShardToMerge: 'shardId-000000000002',
            AdjacentShardToMerge: 'shardId-000000000003',
          }),
        )
      if (from === 800) {
        await poller.stop()
        poller = start()
      }
    }
    await untilRead(poller)
    await poller.stop()

    const { lines, keys } = await landed('clicks')
    expect(errors).toEqual([])
    // No object has a second version.
    expect(new Set(keys).size).toBe(keys.length)
    expect(new Set(keys.map((key) => key?.split('_').at(-3)))).toEqual(
      new Set(['0', '1', '2', '3', '4'].map((shard) => `shardId-00000000000${shard}`)),
    )
    const good = lines.filter((line) => !Array.isArray(line))
    expect(new Set(good.map(({ id }) => id)).size).toBe(EVENTS)
    const poison = lines.filter((line) => Array.isArray(line)).map(([line]) => line)
    expect(new Set(poison.map(({ _bytes }) => _bytes))).toEqual(new Set([POISON.toString('base64')]))
    const positions = new Set(lines.map((line) => (Array.isArray(line) ? line[0] : line)._stream_position))
    expect(positions.size).toBe((EVENTS / 400) * 402)
    expect(new Set(poison.map(({ _stream_position }) => _stream_position)).size).toBe(EVENTS / 400)
  },
  MOST_MS * 2,
)

it('reads on behind what has landed when an iterator has expired', async () => {
  await clients.kinesis.send(new CreateStreamCommand({ StreamName: 'slow', ShardCount: 1 }))
  await put('slow', [Buffer.from('{"id":1}'), Buffer.from('{"id":2}')])
  const errors: unknown[] = []
  let looks = 0
  // Moto's own never expire. AWS's do after five minutes: https://docs.aws.amazon.com/kinesis/latest/APIReference/API_GetRecords.html
  const send = async (command: never) => {
    if ((command as object) instanceof GetRecordsCommand && [3, 6].includes(++looks))
      throw new ExpiredIteratorException({ message: 'Iterator expired', $metadata: {} })
    return clients.kinesis.send(command)
  }
  const poller = startStreamPoller(mappingOf('slow', { batchSize: 1 }), {
    clients: { ...clients, kinesis: { send } as never },
    invoke: landerOf('slow'),
    onError: (error) => errors.push((error as Error).name),
  })
  await vi.waitFor(() => expect(errors).toHaveLength(2), { timeout: 20_000 })
  await put('slow', [Buffer.from('{"id":3}')])
  await vi.waitFor(async () => expect((await landed('slow')).lines.map(({ id }) => id).sort()).toEqual([1, 2, 3]), { timeout: 20_000 })
  await poller.stop()
  expect(errors).toEqual(['ExpiredIteratorException', 'ExpiredIteratorException'])
}, 60_000)

it('shows what waits, gives up what fails too often, and lands it again from its position', async () => {
  vi.spyOn(laptopTimes, 'redeliverySeconds', 'get').mockReturnValue(0.01 as never)
  await clients.kinesis.send(new CreateStreamCommand({ StreamName: 'orders', ShardCount: 1 }))
  await put('orders', [Buffer.from('{"id":1}'), Buffer.from('{"id":2}')])
  const contract = { dataset: 'orders', source: { kinesis: { stream: 'orders' }, partition_keys: ['arrival_date'] } } as unknown as Contract
  const mappings: object[] = [{ UUID: 'a', State: 'Enabled' }]
  const aboutMappings = { send: async () => ({ EventSourceMappings: mappings }) } as never
  const asked = () => ({ prefix: 'sluice-dev', now: new Date(), clients: { kinesis: clients.kinesis, lambda: aboutMappings } })
  const lag = () => streamLag(contract, s3ObjectStore('raw', clients.s3), asked())
  expect((await lag())?.shards).toEqual([{ shard: 'shardId-000000000000', landedTo: null, waitingSeconds: expect.any(Number) }])
  expect((await lag())?.shards[0]?.waitingSeconds).toBeGreaterThan(0)

  const mapping = mappingOf('orders', { maximumRetries: 1, bisects: false })
  const poller = startStreamPoller(mapping, { clients, invoke: landerOf('orders', () => 'refused') })
  await untilRead(poller)
  await poller.stop()
  expect((await landed('orders')).lines).toEqual([])
  const { Messages = [] } = await clients.sqs.send(new ReceiveMessageCommand({ QueueUrl: `${moto.endpoint}/123456789012/failures` }))
  const body = Messages[0]?.Body ?? ''
  expect(streamBatchOf(body)).toMatchObject({ stream: 'orders', shardId: 'shardId-000000000000', records: 2 })

  const invoke = landerOf('orders')
  const lambda = {
    send: async ({ input }: { input: { Payload: string } }) => ({
      Payload: Buffer.from(((await invoke('', JSON.parse(input.Payload))) as { payload: string }).payload),
    }),
  }
  await landAgain(body, { kinesis: clients.kinesis, lambda: lambda as never })
  expect((await landed('orders')).lines.map(({ id }) => id)).toEqual([1, 2])
  expect(await lag()).toMatchObject({ shards: [{ waitingSeconds: 0 }] })
  expect(await lag()).not.toHaveProperty('problem')
  mappings[0] = { UUID: 'a', State: 'Disabled', StateTransitionReason: 'User action' }
  expect(await lag()).toMatchObject({
    shards: [{ waitingSeconds: 0 }],
    problem: 'stream orders is not read: its event source mapping is disabled',
  })
  expect(
    (
      await streamLag(
        { ...contract, source: { ...contract.source, kinesis: { stream: 'none', window_seconds: 300 } } },
        s3ObjectStore('raw', clients.s3),
        asked(),
      )
    )?.problem,
  ).toBe('there is no stream none')
}, 60_000)
