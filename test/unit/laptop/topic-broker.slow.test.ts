import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { kafkaRecords } from '../../../functions/domain/stream/kafka-event.ts'
import { landStream } from '../../../functions/use-cases/streams/land-stream.ts'
import type { TopicCheckpoints } from '../../../laptop/lambda/topics/topic.ts'
import { startTopicPoller, type TopicPoller } from '../../../laptop/lambda/topics/topic-poller.ts'
import { startKafka } from '../../e2e/kafka-broker.ts'
import { memoryRaw } from '../streams/records.ts'

let kafka: Awaited<ReturnType<typeof startKafka>>
beforeAll(async () => {
  kafka = await startKafka()
}, 300_000)
afterAll(() => kafka?.stop())

/** Lands a topic from the broker into a bucket in memory; some of the calls fail. */
function lander(topic: string, { servers = [kafka.address], from, fails = () => false }: Options = {}) {
  const { rawObjects, lines } = memoryRaw()
  const troubles: (string | undefined)[] = []
  let checkpoints: TopicCheckpoints = {}
  let calls = 0
  const poller = startTopicPoller(
    { functionName: 'land', servers, topic, batchSize: 100, windowSeconds: 0.05 },
    {
      async invoke(_, event) {
        const failure = await landStream(kafkaRecords(event), {
          rawObjects,
          counters: { count: () => {} },
          log: { warn: () => {} },
          clock: { now: () => new Date() },
          settings: { dataset: 'clicks', partitionKey: 'arrival_date' },
        })
        if (failure || fails(++calls)) return { error: { errorType: 'Error', errorMessage: 'failed' } }
        return { payload: '{"batchItemFailures":[]}' }
      },
      ...(from && { checkpoints: from }),
      onCheckpoint: (next) => {
        checkpoints = { ...next }
      },
      onTrouble: (trouble) => troubles.push(trouble),
    },
  )
  const landed = () => lines().map((line) => JSON.parse(line))
  return { poller, landed, troubles, checkpoints: () => checkpoints }
}
interface Options {
  servers?: string[]
  from?: TopicCheckpoints
  fails?: (call: number) => boolean
}

const until = async (isSo: () => boolean | Promise<boolean>) => {
  while (!(await isSo())) await pause(50)
}
const isAtRest = (poller: TopicPoller) => until(async () => (await poller.behind()) === 0n)
const HEADERS: [string, string | Buffer][] = [
  ['trace.id', 'é'],
  ['times', 'one'],
  ['raw', Buffer.from([0x00, 0xff, 0x80])],
  ['times', 'two'],
  ['empty', ''],
]
const positionsOf = (landed: any[]) => landed.map((line) => (Array.isArray(line) ? line[0] : line)._stream_position).sort()

describe('a real broker', () => {
  it('has every record landed once by position, malformed ones with their bytes, and reading goes on where it stopped', async () => {
    await kafka.createTopic('clicks', 2)
    const time = Date.parse('2026-03-01T12:00:00Z')
    await kafka.produce('clicks', [
      { value: '{"id":1,"amount":1.10}', key: 'user-1', partition: 0, timestamp: time },
      { value: '{"id":1,"amount":1.10}', key: 'user-1', partition: 0, timestamp: time },
      { value: 'no json', key: Buffer.from([0xff]), partition: 1, timestamp: time },
      { value: null, key: 'user-1', partition: 1, timestamp: time },
    ])
    const first = lander('clicks', { fails: (call) => call === 1 })
    await until(() => first.landed().length >= 4)
    await isAtRest(first.poller)
    await first.poller.stop()
    expect([...new Set(positionsOf(first.landed()))]).toEqual(['clicks-0:0', 'clicks-0:1', 'clicks-1:0', 'clicks-1:1'])
    expect(first.landed()).toContainEqual({
      ...{ _stream_position: 'clicks-0:1', _sequence: '0000000000000000001', _partition_key: 'user-1' },
      ...{ _arrival_time: '2026-03-01T12:00:00.000Z', id: 1, amount: 1.1 },
    })
    const malformed = first.landed().flatMap((line) => (Array.isArray(line) ? line : []))
    expect(malformed.map(({ _malformed, _bytes }) => [_malformed, Buffer.from(_bytes, 'base64').toString()])).toEqual(
      expect.arrayContaining([
        ['not JSON', 'no json'],
        ['without a value', ''],
      ]),
    )
    expect(malformed.find(({ _malformed }) => _malformed === 'not JSON')).toMatchObject({ _partition_key_base64: '/w==' })

    await kafka.produce('clicks', [{ value: '{"id":2}', partition: 1, headers: HEADERS }])
    const second = lander('clicks', { from: first.checkpoints() })
    await until(() => second.landed().length > 0)
    await isAtRest(second.poller)
    await second.poller.stop()
    expect(positionsOf(second.landed())).toEqual(['clicks-1:2'])
    // A name that comes twice has its last value; every byte of both is there.
    expect(second.landed()[0]).toMatchObject({
      _headers: { 'trace.id': 'é', times: 'two', raw: null, empty: '' },
      _headers_base64: { times: ['b25l', 'dHdv'], raw: ['AP+A'] },
    })
    expect(second.troubles).toEqual([])
  }, 120_000)

  it('tells of a topic that is gone, and lands the one that is made in its place from its beginning', async () => {
    await kafka.createTopic('orders', 1)
    await kafka.produce('orders', [{ value: '{"id":1}' }, { value: '{"id":2}' }])
    const { poller, landed, troubles } = lander('orders')
    await until(() => landed().length === 2)
    await kafka.deleteTopic('orders')
    await until(async () => (await poller.behind(), troubles.length > 0 && poller.trouble() !== undefined))
    await until(() => poller.trouble()?.includes('no topic') ?? false)
    expect(poller.trouble()).toBe(`the brokers at ${kafka.address} have no topic orders; make it, or correct source.kafka.topic`)
    await kafka.createTopic('orders', 1)
    await kafka.produce('orders', [{ value: '{"id":3}' }])
    await until(() => landed().length === 3)
    expect(landed().map(({ id, _stream_position }) => `${id} ${_stream_position}`)).toContain('3 orders-0:0')
    expect(troubles.at(-1)).toBeUndefined()
    await poller.stop()
  }, 120_000)

  it('that does not answer is told in a sentence', async () => {
    const { poller, troubles } = lander('clicks', { servers: ['127.0.0.1:1'] })
    await until(() => troubles.length > 0)
    expect(troubles).toEqual(['the brokers at 127.0.0.1:1 do not answer, so topic clicks cannot be read'])
    expect(await poller.behind()).toBeUndefined()
    await poller.stop()
  }, 60_000)

  it('has new partitions read too', async () => {
    await kafka.createTopic('taps', 1)
    const { poller, landed } = lander('taps')
    await kafka.produce('taps', [{ value: '{"id":1}' }])
    await until(() => landed().length === 1)
    await kafka.addPartitions('taps', 3)
    await kafka.produce('taps', [{ value: '{"id":2}', partition: 2 }])
    await until(async () => (await poller.behind(), landed().length === 2))
    expect(positionsOf(landed())).toEqual(['taps-0:0', 'taps-2:0'])
    await poller.stop()
  }, 60_000)
})
