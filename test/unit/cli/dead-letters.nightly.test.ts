import { CreateQueueCommand, ReceiveMessageCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type DeadLetterWorld, listDeadLetters, redriveDeadLetters } from '../../../cli/dead-letters/dead-letters.ts'
import { judgeLetter } from '../../../cli/dead-letters/judge.ts'
import { deadLetterQueues } from '../../../cli/dead-letters/queues.ts'
import type { Contract } from '../../../functions/domain/contract/contract.ts'
import { objectCreated } from '../intake/calm-world.ts'
import { type OpenAws, startOpenAws } from '../laptop/open-aws.ts'

const ORDERS = { dataset: 'orders', source: { exclude: ['**/*.tmp'], partition_keys: ['day'] } } as unknown as Contract
const LANDED = objectCreated('raw/orders/day=01/a.csv')
const CRAWLED = JSON.stringify({ detail: { crawlerName: 'sluice-dev_orders-raw', state: 'Succeeded' } })
const ENDED = JSON.stringify({ detail: { executionArn: 'arn:aws:states:us-east-1:1:execution:sluice-dev-ingest:b-1', status: 'FAILED' } })
const TIMER = JSON.stringify({ dataset: 'orders', requestId: 'r-1' })

describe('a dead letter', () => {
  const judge = (queue: 'landings' | 'events', body: string) =>
    judgeLetter({ queue, body }, { rawBucket: 'raw-bucket', contracts: new Map([['orders', ORDERS]]) })

  it.each([
    ['of a file', LANDED, 'will be recorded'],
    ['of a file that no dataset wants', objectCreated('raw/clients/a.csv'), 'will be ignored: foreign-key'],
    ['of a file that the contract excludes', objectCreated('raw/orders/day=01/a.tmp'), 'will be ignored: excluded'],
    ['of S3 itself', '{"Event":"s3:TestEvent"}', 'will be ignored: test-event'],
    ['of nothing', '{"Records":[]}', 'will be ignored: it names no object'],
  ])('%s goes back to the landings', (_, body, because) => {
    expect(judge('landings', body)).toMatchObject({ goesTo: 'landings', because })
  })

  it('names the objects that it speaks of', () => {
    expect(judge('landings', LANDED).about).toEqual(['created s3://raw-bucket/raw/orders/day=01/a.csv'])
  })

  it.each([
    ['crawls', TIMER, 'crawl of orders'],
    ['crawler-events', CRAWLED, 'crawler sluice-dev_orders-raw Succeeded'],
    ['execution-events', ENDED, 'execution b-1 FAILED'],
  ])('of the events goes back to %s', (goesTo, body, about) => {
    expect(judge('events', body)).toEqual({ about: [about], goesTo, because: 'will be handled again' })
  })

  it.each([
    ['landings', 'hello', 'the message is not JSON'],
    ['landings', '{"a":1}', 'the message is neither an EventBridge event nor an S3 notification'],
    ['events', 'hello', 'the message is not JSON'],
    ['events', '{"a":1}', 'the message is not a Glue crawler event'],
  ] as const)('that is unreadable goes nowhere: %s %s', (queue, body, because) => {
    expect(judge(queue, body)).toEqual({ about: [], goesTo: null, because })
  })
})

describe('the dead-letter queues', () => {
  let moto: OpenAws
  let sqs: SQSClient
  beforeAll(async () => {
    moto = await startOpenAws()
    const credentials = { accessKeyId: 'test', secretAccessKey: 'test' }
    sqs = new SQSClient({ endpoint: moto.endpoint, region: 'us-east-1', credentials })
  }, 120_000)
  afterAll(() => moto?.stop())

  /** A deployment of its own, with these letters. */
  async function deployment(prefix: string, letters: { landings?: string[]; events?: string[] }) {
    const urls: Record<string, string> = {}
    for (const name of ['landings', 'landings-dlq', 'events-dlq', 'crawls', 'crawler-events', 'execution-events']) {
      urls[name] = (await sqs.send(new CreateQueueCommand({ QueueName: `${prefix}-${name}` }))).QueueUrl as string
    }
    for (const [queue, bodies = []] of Object.entries(letters)) {
      for (const MessageBody of bodies) await sqs.send(new SendMessageCommand({ QueueUrl: urls[`${queue}-dlq`], MessageBody }))
    }
    const deadLetters = deadLetterQueues(prefix, sqs)
    const world = { rawBucket: 'raw-bucket', deadLetters, contracts: { all: async () => [ORDERS] } } as unknown as DeadLetterWorld
    const bodies = async (name: string) => {
      const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl: urls[name], MaxNumberOfMessages: 10 }))
      return Messages.map(({ Body }) => Body)
    }
    const counts = async () => [await deadLetters.count('landings'), await deadLetters.count('events')]
    return { world, bodies, counts }
  }

  it('are counted, and listed as often as one likes', async () => {
    const { world, counts } = await deployment('listed', { landings: [LANDED, 'hello'], events: [CRAWLED] })
    expect(await counts()).toEqual([2, 1])
    const first = await listDeadLetters(100, world)
    expect(first.map(({ queue, goesTo, body }) => [queue, goesTo, body])).toEqual([
      ['landings', 'landings', undefined],
      ['landings', null, 'hello'],
      ['events', 'crawler-events', undefined],
    ])
    expect(Date.now() - Date.parse(first[0]?.sentAt ?? '')).toBeLessThan(60_000)
    expect(await listDeadLetters(100, world)).toEqual(first)
    expect(await listDeadLetters(1, world)).toHaveLength(2)
    expect(await counts()).toEqual([2, 1])
  }, 60_000)

  it('go back to their own queues, and unreadable ones stay', async () => {
    const { world, counts, bodies } = await deployment('redriven', { landings: ['hello', LANDED], events: [TIMER, CRAWLED, ENDED] })
    const would = await redriveDeadLetters({ dryRun: true, discardUnreadable: false }, world)
    expect(would).toMatchObject({ sentBack: 4, discarded: 0, left: 1 })
    expect(await counts()).toEqual([2, 3])

    expect(await redriveDeadLetters({ dryRun: false, discardUnreadable: false }, world)).toEqual(would)

    expect(await counts()).toEqual([1, 0])
    for (const [queue, body] of Object.entries({ landings: LANDED, crawls: TIMER, 'crawler-events': CRAWLED, 'execution-events': ENDED })) {
      expect(await bodies(queue)).toEqual([body])
    }
    const rest = await redriveDeadLetters({ dryRun: false, discardUnreadable: true }, world)
    expect(rest).toMatchObject({ sentBack: 0, discarded: 1, left: 0, letters: [{ action: 'discarded', body: 'hello' }] })
    expect(await counts()).toEqual([0, 0])
  }, 60_000)

  it('lose nothing when they cannot be sent, and show it again at once', async () => {
    const { world, counts } = await deployment('stuck', { landings: [LANDED, LANDED] })
    const failing = { ...world, deadLetters: { ...world.deadLetters, sendBack: () => Promise.reject(new Error('throttled')) } }
    await expect(redriveDeadLetters({ dryRun: false, discardUnreadable: false }, failing)).rejects.toThrow('throttled')
    expect(await counts()).toEqual([2, 0])
    expect(await listDeadLetters(100, world)).toHaveLength(2)
  }, 60_000)

  it('are all read, however many there are', async () => {
    const { world, counts } = await deployment('many', {
      landings: Array.from({ length: 35 }, (_, n) => objectCreated(`raw/orders/day=01/${n}.csv`)),
    })
    const { sentBack, letters } = await redriveDeadLetters({ dryRun: false, discardUnreadable: false }, world)
    expect([sentBack, new Set(letters.map(({ about }) => about[0])).size, await counts()]).toEqual([35, 35, [0, 0]])
  }, 60_000)
})
