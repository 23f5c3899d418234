import { describe, expect, it } from 'vitest'
import { streamLag } from '../../../cli/batches/stream-lag.ts'
import { parseContract } from '../../../functions/domain/contract/file.ts'

const parsed = parseContract(
  'dataset: clicks\nowner: a@example.com\nsource: { kinesis: { stream: web-clicks } }\ncolumns: { id: string }\nprimary_key: [id]\n',
  'clicks.yml',
)
if (!parsed.ok) throw new Error('the contract is bad')
const { contract } = parsed

const refusing = (name: string) => () => {
  throw Object.assign(new Error('User is not authorized'), { name })
}

/** Where S3, Kinesis or Lambda refuses with an error of this name. */
function lagWhere(refused: 's3' | 'kinesis' | 'lambda', name: string) {
  const raw = { list: refused === 's3' ? refusing(name) : async function* () {} }
  const answering = (answer: object) => ({ send: async () => answer })
  const clients = {
    kinesis:
      refused === 'kinesis'
        ? { send: async () => refusing(name)() }
        : answering({ Shards: [{ ShardId: 'shard-0' }], MillisBehindLatest: 0, ShardIterator: 'next' }),
    lambda: refused === 'lambda' ? { send: async () => refusing(name)() } : answering({ EventSourceMappings: [] }),
  } as never
  return streamLag(contract, raw as never, { prefix: 'sluice-dev', now: new Date('2026-03-02T00:10:00Z'), clients })
}

describe('of a stream you are told', () => {
  it('that you may not read it where Kinesis refuses', async () => {
    expect(await lagWhere('kinesis', 'AccessDeniedException')).toEqual({
      stream: 'web-clicks',
      shards: [],
      problem: 'you may not read stream web-clicks',
    })
  })

  it('what Kinesis tells where you may not ask Lambda', async () => {
    expect(await lagWhere('lambda', 'AccessDeniedException')).toEqual({
      stream: 'web-clicks',
      shards: [{ shard: 'shard-0', landedTo: null, waitingSeconds: 0 }],
    })
  })

  it('nothing of the stream where it is S3 that refuses', async () => {
    await expect(lagWhere('s3', 'AccessDenied')).rejects.toMatchObject({ name: 'AccessDenied' })
  })
})
