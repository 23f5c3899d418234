import { expect, it } from 'vitest'
import { topicLag } from '../../../cli/batches/topic-lag.ts'
import { parseContract } from '../../../functions/domain/contract/file.ts'

const NOW = new Date('2026-03-02T00:10:00Z')
const parsed = parseContract(
  'dataset: clicks\nowner: a@example.com\nsource: { kafka: { connection: events, topic: web.clicks } }\ncolumns: { id: string }\nprimary_key: [id]\n',
  'clicks.yml',
)
if (!parsed.ok) throw new Error('the contract is bad')
const { contract } = parsed

/** Objects of the raw bucket, and what Lambda and CloudWatch answer. */
function lagOf(keys: string[], mapping: object, datapoints: object[] = []) {
  const asked: object[] = []
  const raw = {
    async *list(prefix: string) {
      yield keys.filter((key) => key.startsWith(prefix)).map((key) => ({ key, size: 1, etag: '', lastModified: NOW }))
    },
  }
  const answering = (answer: object) => ({ send: async ({ input }: { input: object }) => (asked.push(input), answer) })
  const clients = {
    cloudwatch: answering({ Datapoints: datapoints }),
    lambda: answering({ EventSourceMappings: [{ Topics: ['web.clicks'], State: 'Enabled', ...mapping }] }),
  } as never
  return { asked, lag: topicLag(contract, raw as never, { prefix: 'sluice-dev', now: NOW, clients }) }
}

const key = (day: string, rest: string) => `raw/clicks/arrival_date=${day}/${day.replaceAll('-', '')}T000000Z_${rest}.json.gz`

it('tells of each partition the last offset that landed, and how many records wait as Lambda measured last', async () => {
  const keys = [
    key('2026-03-02', 'web.clicks-0_90_100'),
    key('2026-03-01', 'web.clicks-0_9_89'),
    key('2026-02-20', 'web.clicks-7_1_2'),
    key('2026-03-01', 'web.clicks-1_0_9'),
  ]
  const { asked, lag } = lagOf(keys, { LastProcessingResult: 'OK' }, [
    { Timestamp: new Date('2026-03-02T00:08:00Z'), Maximum: 12 },
    { Timestamp: new Date('2026-03-02T00:01:00Z'), Maximum: 900 },
  ])
  expect(await lag).toEqual({
    stream: 'web.clicks',
    shards: [
      { shard: 'web.clicks-0', landedTo: '100', waitingSeconds: null },
      { shard: 'web.clicks-1', landedTo: '9', waitingSeconds: null },
    ],
    waitingRecords: 12,
  })
  expect(asked).toMatchObject([
    { FunctionName: 'sluice-dev-land_clicks' },
    { MetricName: 'OffsetLag', Dimensions: [{ Name: 'FunctionName', Value: 'sluice-dev-land_clicks' }] },
  ])
})

it('tells that you may not ask, and the rest of the status is told all the same', async () => {
  const denied = async () => {
    throw Object.assign(new Error('no'), { name: 'AccessDeniedException' })
  }
  const clients = { cloudwatch: { send: denied }, lambda: { send: denied } } as never
  const raw = { async *list() {} } as never
  expect(await topicLag(contract, raw, { prefix: 'sluice-dev', now: NOW, clients })).toMatchObject({
    problem: 'you may not ask Lambda and CloudWatch about topic web.clicks',
  })
})

it.each([
  [{ LastProcessingResult: 'PROBLEM: Connection error. Please check your event source connection configuration.' }, /cannot be read: Conn/],
  [{ State: 'Disabled' }, /is not read: its event source mapping is disabled/],
])('tells why the topic is not read: %o', async (mapping, problem) => {
  expect(await lagOf([], mapping).lag).toMatchObject({ problem: expect.stringMatching(problem), waitingRecords: null })
})
