import { setTimeout as pause } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { kafkaRecords } from '../../../functions/domain/stream/kafka-event.ts'
import type { Invocation } from '../../../laptop/lambda/execution-environment.ts'
import type { OpenTopic, TopicCheckpoints, TopicRecord } from '../../../laptop/lambda/topics/topic.ts'
import { topicEvent } from '../../../laptop/lambda/topics/topic-event.ts'
import { startTopicPoller } from '../../../laptop/lambda/topics/topic-poller.ts'
import { topicTrouble } from '../../../laptop/lambda/topics/topic-trouble.ts'

const MAPPING = { functionName: 'land', servers: ['127.0.0.1:9092'], topic: 'clicks', batchSize: 3, windowSeconds: 0.01 }
const at = (partition: number, offset: number, value = Buffer.from('{}')): TopicRecord => ({
  ...{ partition, offset: BigInt(offset), timestamp: 1n, key: undefined, value, headers: new Map() },
})

/** Brokers with these records, which an error may end. */
function brokers(records: TopicRecord[], ends?: Error) {
  const opened: TopicCheckpoints[] = []
  const open = async (_: unknown, done: TopicCheckpoints): Promise<OpenTopic> => {
    opened.push({ ...done })
    const left = records.filter(({ partition, offset }) => offset > BigInt(done[partition] ?? -1))
    async function* all() {
      yield* left
      if (ends && opened.length === 1) throw ends
      await new Promise(() => {})
    }
    return { records: all(), ahead: async () => 0n, close: async () => {} }
  }
  return { opened, open }
}

/** Runs it until nothing of the records is left. */
async function run(records: TopicRecord[], answer: (call: number) => Invocation, ends?: Error, mapping = MAPPING) {
  const { opened, open } = brokers(records, ends)
  const calls: string[][] = []
  const checkpoints: TopicCheckpoints[] = []
  const troubles: (string | undefined)[] = []
  const looks: (string | undefined)[] = []
  const taken = new Set<string>()
  const poller = startTopicPoller(mapping, {
    open,
    async invoke(_, event) {
      const places = kafkaRecords(event).map(({ shard, sequence }) => `${shard}:${sequence}`)
      calls.push(places)
      const invocation = answer(calls.length)
      if ('payload' in invocation) for (const place of places) taken.add(place)
      return invocation
    },
    onCheckpoint: (next) => checkpoints.push({ ...next }),
    onTrouble: (trouble) => troubles.push(trouble),
    onLook: (trouble) => looks.push(trouble),
  })
  while (taken.size < records.length) await pause(5)
  await poller.stop()
  return { calls, checkpoints, opened, troubles, looks }
}

const taken: Invocation = { payload: '{"batchItemFailures":[]}' }

describe('a topic on the laptop', () => {
  it('comes in batches of all its partitions, and is noted when they are taken', async () => {
    const { calls, checkpoints } = await run([at(0, 0), at(1, 7), at(0, 2), at(1, 8)], () => taken)
    expect(calls).toEqual([['clicks-0:0', 'clicks-0:2', 'clicks-1:7'], ['clicks-1:8']])
    expect(checkpoints).toEqual([
      { 0: '2', 1: '7' },
      { 0: '2', 1: '8' },
    ])
  })

  it('brings a batch again as a whole until the function has taken it', async () => {
    const died = { error: { errorType: 'Runtime.ExitError', errorMessage: 'killed' } }
    const { calls, checkpoints } = await run([at(0, 0), at(0, 1)], (call) => (call < 2 ? died : taken))
    expect(calls).toEqual([
      ['clicks-0:0', 'clicks-0:1'],
      ['clicks-0:0', 'clicks-0:1'],
    ])
    expect(checkpoints).toEqual([{ 0: '1' }])
  })

  it('is opened again behind what is done with after the brokers were lost, and says so once', async () => {
    const lost = Object.assign(new Error('Connecting failed'), { code: 'PLT_KFK_NETWORK' })
    const { calls, opened, troubles, looks } = await run([at(0, 0), at(0, 1), at(0, 2), at(0, 3)], () => taken, lost)
    expect(opened).toEqual([{}, { 0: '2' }])
    expect(calls).toEqual([['clicks-0:0', 'clicks-0:1', 'clicks-0:2'], ['clicks-0:3']])
    const trouble = 'the brokers at 127.0.0.1:9092 do not answer, so topic clicks cannot be read'
    expect(troubles).toEqual([trouble, undefined])
    expect(looks).toEqual([undefined, trouble, undefined])
  })

  it('has batches of less than 6 MB, as Lambda has', async () => {
    const large = Buffer.alloc(2 * 1024 * 1024, 'x')
    const { calls } = await run([at(0, 0, large), at(0, 1, large), at(0, 2, large)], () => taken)
    expect(calls).toEqual([['clicks-0:0', 'clicks-0:1'], ['clicks-0:2']])
  })
})

it('the event is what the lander reads: keys and values byte for byte, also without them', () => {
  const key = Buffer.from([0xff, 0x00])
  const records = kafkaRecords(
    topicEvent(
      [
        { ...at(3, 9), key, timestamp: 5n },
        { ...at(3, 10), value: undefined },
      ],
      MAPPING,
    ),
  )
  expect(records).toMatchObject([
    { shard: 'clicks-3', sequence: '9', partitionKey: null, keyBytes: key, arrivedAt: 5, data: Buffer.from('{}') },
    { shard: 'clicks-3', sequence: '10', partitionKey: null, data: Buffer.alloc(0) },
  ])
})

it.each([
  [{ apiId: 'UNKNOWN_TOPIC_OR_PARTITION' }, 'the brokers at 127.0.0.1:9092 have no topic clicks; make it, or correct source.kafka.topic'],
  [{ message: 'Unknown topic clicks.' }, /have no topic clicks/],
  [{ code: 'PLT_KFK_TIMEOUT' }, 'the brokers at 127.0.0.1:9092 do not answer, so topic clicks cannot be read'],
  [{ code: 'PLT_KFK_AUTHENTICATION' }, /do not let this machine read topic clicks; on the laptop they must need no credentials$/],
  [{ message: 'CORRUPT_MESSAGE' }, 'topic clicks cannot be read: CORRUPT_MESSAGE'],
])('%o is told in a sentence, also within another error', (inner, sentence) => {
  const outer = { code: 'PLT_KFK_MULTIPLE', message: 'Cannot describe', errors: [{ cause: inner, message: 'wrapped' }] }
  const is = typeof sentence === 'string' ? sentence : expect.stringMatching(sentence)
  expect(topicTrouble(inner, MAPPING)).toEqual(is)
  if (!('message' in inner)) expect(topicTrouble(outer, MAPPING)).toEqual(is)
})
