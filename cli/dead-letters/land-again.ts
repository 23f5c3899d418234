import { GetRecordsCommand, GetShardIteratorCommand, KinesisClient } from '@aws-sdk/client-kinesis'
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda'
import { NodeHttpHandler } from '@smithy/node-http-handler'
import { z } from 'zod'
import type { ShardRecord } from '../../laptop/lambda/stream-batches.ts'
import { kinesisEvent } from '../../laptop/lambda/stream-messages.ts'

/** What Lambda sends about a batch that it gave up: https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html */
const givenUp = z.object({
  requestContext: z.object({ functionArn: z.string() }),
  KinesisBatchInfo: z.object({
    shardId: z.string(),
    startSequenceNumber: z.string().regex(/^\d+$/),
    endSequenceNumber: z.string().regex(/^\d+$/),
    batchSize: z.number(),
    streamArn: z.string(),
  }),
})

export interface StreamBatch {
  functionArn: string
  stream: string
  streamArn: string
  shardId: string
  first: string
  last: string
  records: number
}

/** @throws Error in words when it is no such message */
export function streamBatchOf(body: string): StreamBatch {
  const { data } = givenUp.safeParse(jsonOf(body))
  if (!data) throw new Error('the message is not about a batch of a stream')
  const { shardId, startSequenceNumber, endSequenceNumber, batchSize, streamArn } = data.KinesisBatchInfo
  const { functionArn } = data.requestContext
  const stream = streamArn.slice(streamArn.indexOf('/') + 1)
  return { functionArn, stream, streamArn, shardId, first: startSequenceNumber, last: endSequenceNumber, records: batchSize }
}

/** Records of a call: with them an event stays below the 6 MB that Lambda takes, at 4 KB a record. */
const MOST_RECORDS = 1000

export interface StreamClients {
  kinesis: Pick<KinesisClient, 'send'>
  lambda: Pick<LambdaClient, 'send'>
}

/**
 * Reads the batch's records from the stream and has its lander land them.
 * @throws Error when the stream does not have them any more, or when the lander fails again
 */
export async function landAgain(body: string, clients: StreamClients = defaultClients()): Promise<void> {
  const batch = streamBatchOf(body)
  for await (const records of recordsOf(batch, clients.kinesis)) {
    const event = JSON.stringify(kinesisEvent(batch.shardId, records, batch.streamArn))
    const { FunctionError, Payload } = await clients.lambda.send(new InvokeCommand({ FunctionName: batch.functionArn, Payload: event }))
    const answer = jsonOf(Buffer.from(Payload ?? []).toString()) as { batchItemFailures?: unknown[] } | undefined
    if (FunctionError || (answer?.batchItemFailures ?? []).length > 0)
      throw new Error(
        `${batch.functionArn} could not land the records of ${batch.stream}, ${batch.shardId}, from ${records[0]?.sequenceNumber}; its log has the reason`,
      )
  }
}

async function* recordsOf(
  { stream, shardId, first, last }: StreamBatch,
  kinesis: Pick<KinesisClient, 'send'>,
): AsyncGenerator<ShardRecord[]> {
  const start = { StreamName: stream, ShardId: shardId, ShardIteratorType: 'AT_SEQUENCE_NUMBER', StartingSequenceNumber: first } as const
  let { ShardIterator: iterator } = await kinesis.send(new GetShardIteratorCommand(start))
  let expected: string | undefined = first
  while (iterator) {
    const page = await kinesis.send(new GetRecordsCommand({ ShardIterator: iterator, Limit: MOST_RECORDS }))
    const records = (page.Records ?? []).map(
      ({ SequenceNumber = '', PartitionKey = '', Data = new Uint8Array(), ApproximateArrivalTimestamp }) => ({
        sequenceNumber: SequenceNumber,
        partitionKey: PartitionKey,
        data: Data,
        arrivedAt: ApproximateArrivalTimestamp ?? new Date(0),
      }),
    )
    const wanted = records.filter(({ sequenceNumber }) => BigInt(sequenceNumber) <= BigInt(last))
    if (expected !== undefined && records.length > 0 && records[0]?.sequenceNumber !== expected) break
    if (records.length > 0) expected = undefined
    if (wanted.length > 0) yield wanted
    if (records.some(({ sequenceNumber }) => BigInt(sequenceNumber) >= BigInt(last))) return
    iterator = page.MillisBehindLatest === 0 && records.length === 0 ? undefined : page.NextShardIterator
  }
  throw new Error(`stream ${stream} does not have record ${first} of ${shardId} any more, so it cannot be landed; the message stays`)
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

// Kinesis clients speak HTTP/2 of themselves, which the AWS of `sluice up` does not.
const defaultClients = (): StreamClients => ({
  kinesis: new KinesisClient({ requestHandler: new NodeHttpHandler() }),
  lambda: new LambdaClient({}),
})
