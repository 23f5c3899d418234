import type { Contract } from '../../../../functions/domain/contract/contract.ts'
import { ref, type Statement, sub, type Value } from '../../template/template.ts'
import type { StreamParts } from './parts.ts'

/**
 * Lambda's own settings of the mapping. Nothing in a record makes the function fail, so a failure is of the surroundings: it is tried until
 * the records are 20 hours old, in a stream that keeps them for 24. Then the batch's position goes to the dead-letter queue.
 */
const MAPPING = {
  ParallelizationFactor: 1,
  FunctionResponseTypes: ['ReportBatchItemFailures'],
  BisectBatchOnFunctionError: true,
  MaximumRetryAttempts: -1,
  MaximumRecordAgeInSeconds: 72_000,
}

/** Records that wait so long have a lander that fails, or that cannot keep up. */
const MOST_AGE_MS = 15 * 60_000

/** What a stream of Kinesis needs beside the function. */
export function kinesisParts({ dataset, source }: Contract): StreamParts | undefined {
  if (!source.kinesis) return undefined
  const { stream, kms_key: key } = source.kinesis
  return {
    mapping: {
      EventSourceArn: arnOfStream(stream),
      ...MAPPING,
      DestinationConfig: { OnFailure: { Destination: ref('StreamsDeadLetterQueueArn') } },
    },
    statements: kinesisStatements(stream, key),
    alarms: {
      LanderAgeAlarm: {
        name: 'stream-age',
        description: `Records of the stream of ${dataset} wait longer than a quarter of an hour to land.`,
        properties: { MetricName: 'IteratorAge', Statistic: 'Maximum', Period: 300, Threshold: MOST_AGE_MS },
      },
    },
  }
}

const arnOfStream = (stream: string): Value => sub(`arn:\${AWS::Partition}:kinesis:\${AWS::Region}:\${AWS::AccountId}:stream/${stream}`)

export function kinesisStatements(stream: string, key?: string): Statement[] {
  return [
    {
      Sid: 'ReadItsStream',
      Action: [
        'kinesis:DescribeStream',
        'kinesis:DescribeStreamSummary',
        'kinesis:GetRecords',
        'kinesis:GetShardIterator',
        'kinesis:ListShards',
      ],
      Resource: arnOfStream(stream),
    },
    ...(key === undefined ? [] : [{ Sid: 'DecryptItsStream', Action: 'kms:Decrypt', Resource: key }]),
    { Sid: 'QueueWhatFailed', Action: 'sqs:SendMessage', Resource: ref('StreamsDeadLetterQueueArn') },
  ]
}
