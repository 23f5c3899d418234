import { describe, expect, it } from 'vitest'
import { judgeLetter } from '../../../cli/dead-letters/judge.ts'
import { landAgain } from '../../../cli/dead-letters/land-again.ts'
import { failureMessage } from '../../../laptop/lambda/stream-messages.ts'

const STREAM = {
  streamArn: 'arn:aws:kinesis:us-east-1:123456789012:stream/clicks',
  functionArn: 'arn:aws:lambda:us-east-1:123456789012:function:sluice-dev-land_clicks',
}
const recordOf = (sequenceNumber: string) => ({ sequenceNumber, partitionKey: 'k', data: Buffer.from('{}'), arrivedAt: new Date(0) })
const body = failureMessage('shardId-000000000001', [recordOf('7'), recordOf('9')], STREAM, { why: 'RecordAgeExceeded', attempts: 3 })

/** A stream whose shard holds these records, and a lander that answers so. */
function worldOf(numbers: string[], answer: object = { batchItemFailures: [] }) {
  const invoked: string[][] = []
  const records = numbers.map((number) => {
    const { sequenceNumber: SequenceNumber, partitionKey: PartitionKey, data: Data, arrivedAt } = recordOf(number)
    return { SequenceNumber, PartitionKey, Data, ApproximateArrivalTimestamp: arrivedAt }
  })
  let page = 0
  const kinesis = {
    send: async ({ input }: { input: object }) =>
      'ShardIteratorType' in input
        ? { ShardIterator: '0' }
        : {
            Records: records.slice(page, ++page),
            NextShardIterator: page < records.length ? String(page) : undefined,
            MillisBehindLatest: 1,
          },
  }
  const lambda = {
    send: async ({ input }: { input: { Payload: string } }) => {
      invoked.push(JSON.parse(input.Payload).Records.map(({ eventID }: { eventID: string }) => eventID))
      return { Payload: Buffer.from(JSON.stringify(answer)) }
    },
  }
  return { invoked, clients: { kinesis, lambda } as never }
}

describe('a batch of a stream that was given up', () => {
  it('is listed by its stream and position', () => {
    expect(judgeLetter({ queue: 'streams', body }, { rawBucket: 'raw', contracts: new Map() })).toEqual({
      about: ['2 records of stream clicks, shardId-000000000001, from 7 to 9'],
      goesTo: 'lander',
      because: 'its records are read from the stream and landed, as long as the stream has them',
    })
    expect(judgeLetter({ queue: 'streams', body: '{}' }, { rawBucket: 'raw', contracts: new Map() })).toMatchObject({ goesTo: null })
  })

  it('is landed from its first record to its last, and no further', async () => {
    const { invoked, clients } = worldOf(['7', '8', '9', '10'])
    await landAgain(body, clients)
    expect(invoked.flat()).toEqual(['7', '8', '9'].map((number) => `shardId-000000000001:${number}`))
  })

  it('stays when the stream has forgotten it, or when it cannot be landed', async () => {
    await expect(landAgain(body, worldOf(['8', '9']).clients)).rejects.toThrow(
      'stream clicks does not have record 7 of shardId-000000000001 any more, so it cannot be landed; the message stays',
    )
    await expect(landAgain(body, worldOf([]).clients)).rejects.toThrow('does not have record 7')
    await expect(landAgain(body, worldOf(['7', '9'], { batchItemFailures: [{ itemIdentifier: '7' }] }).clients)).rejects.toThrow(
      /could not land the records of clicks, shardId-000000000001, from 7; its log has the reason$/,
    )
  })
})
