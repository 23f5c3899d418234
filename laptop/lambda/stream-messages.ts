import { randomUUID } from 'node:crypto'
import { REGION } from '../aws/clients.ts'
import type { StreamMappingDefinition } from '../cloudformation/resource-type.ts'
import type { ShardRecord } from './stream-batches.ts'

/** What Lambda gives a function that reads a Kinesis stream: https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis.html */
export function kinesisEvent(shardId: string, records: ShardRecord[], streamArn: string) {
  return {
    Records: records.map(({ sequenceNumber, partitionKey, data, arrivedAt }) => ({
      kinesis: {
        kinesisSchemaVersion: '1.0',
        partitionKey,
        sequenceNumber,
        data: Buffer.from(data).toString('base64'),
        approximateArrivalTimestamp: arrivedAt.getTime() / 1000,
      },
      eventSource: 'aws:kinesis',
      eventVersion: '1.0',
      eventID: `${shardId}:${sequenceNumber}`,
      eventName: 'aws:kinesis:record',
      awsRegion: REGION,
      eventSourceARN: streamArn,
    })),
  }
}

/** What Lambda sends about a batch that it gave up: https://docs.aws.amazon.com/lambda/latest/dg/kinesis-on-failure-destination.html */
export function failureMessage(
  shardId: string,
  records: ShardRecord[],
  { streamArn, functionArn }: Pick<StreamMappingDefinition, 'streamArn' | 'functionArn'>,
  { why, attempts }: { why: string; attempts: number },
): string {
  const [first, last] = [records[0], records.at(-1)] as [ShardRecord, ShardRecord]
  return JSON.stringify({
    requestContext: { requestId: randomUUID(), functionArn, condition: why, approximateInvokeCount: attempts },
    responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
    version: '1.0',
    timestamp: new Date().toISOString(),
    KinesisBatchInfo: {
      shardId,
      startSequenceNumber: first.sequenceNumber,
      endSequenceNumber: last.sequenceNumber,
      approximateArrivalOfFirstRecord: first.arrivedAt.toISOString(),
      approximateArrivalOfLastRecord: last.arrivedAt.toISOString(),
      batchSize: records.length,
      streamArn,
    },
  })
}
