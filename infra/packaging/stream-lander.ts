import type { Contract } from '../../functions/domain/contract/contract.ts'
import { landerFunctionName } from '../../functions/domain/names.ts'
import type { FunctionFile } from './functions.ts'
import { arnOf, type Resources, ref, roleFor, type Statement, sub, type Value } from './template.ts'

/** Parameter of a dataset's stack: key of the lander's code in the deployment bucket. Known when the code is packed. */
export const LANDER_CODE_PARAMETER = 'LanderCodeKey'
/** The function of the main template whose code the landers have; it is taken out of the template that is deployed. */
export const LANDER_FUNCTION = 'LandStream'

/** What the dataset's stack takes from the main one beside its usual parameters. */
export const streamParameters = (contract: Contract): Record<string, Value> =>
  contract.source.kinesis
    ? {
        DeploymentBucketName: ref('ServerlessDeploymentBucket'),
        [LANDER_CODE_PARAMETER]: PLACE_OF_CODE,
        StreamsDeadLetterQueueArn: arnOf('StreamsDeadLetterQueue'),
      }
    : {}

/** Stands for the code's key until the framework has packed it. */
export const PLACE_OF_CODE = 'the key of the code'

/**
 * Lambda's own settings of the mapping. Nothing in a record makes the function fail, so a failure is of the surroundings: it is tried until
 * the records are 20 hours old, in a stream that keeps them for 24. Then the batch's position goes to the dead-letter queue.
 */
const MAPPING = {
  BatchSize: 10_000,
  // From the oldest record on: the lander misses none that was there before it.
  StartingPosition: 'TRIM_HORIZON',
  ParallelizationFactor: 1,
  FunctionResponseTypes: ['ReportBatchItemFailures'],
  BisectBatchOnFunctionError: true,
  MaximumRetryAttempts: -1,
  MaximumRecordAgeInSeconds: 72_000,
}

/** Records that wait so long have a lander that fails, or that cannot keep up. */
const MOST_AGE_MS = 15 * 60_000

/** The function of a dataset with `source.kinesis`, its role, its event source mapping and its alarms. Nothing for other datasets. */
export function streamLander({ dataset, source }: Contract, stage: string, file: FunctionFile): Resources {
  if (!source.kinesis) return {}
  const { stream, window_seconds: window, kms_key: key } = source.kinesis
  const name = landerFunctionName(`sluice-${stage}`, dataset)
  const streamArn = arnOfStream(stream)
  const given: Record<string, Value> = {
    RAW_BUCKET_NAME: ref('RawBucketName'),
    METRICS_NAMESPACE: `Sluice/${stage}`,
    STREAM_DATASET: dataset,
    STREAM_PARTITION_KEY: source.partition_keys[0] ?? '',
  }
  return {
    LanderLogGroup: { Type: 'AWS::Logs::LogGroup', Properties: { LogGroupName: `/aws/lambda/${name}`, RetentionInDays: 90 } },
    LanderRole: landerRole(dataset, stream, key),
    Lander: {
      Type: 'AWS::Lambda::Function',
      DependsOn: ['LanderLogGroup'],
      Properties: {
        FunctionName: name,
        Description: file.description,
        Code: { S3Bucket: ref('DeploymentBucketName'), S3Key: ref(LANDER_CODE_PARAMETER) },
        Handler: 'functions/handlers/land-stream.handler',
        Runtime: 'nodejs22.x',
        Architectures: ['arm64'],
        MemorySize: file.memoryMegabytes ?? 512,
        Timeout: file.timeoutSeconds,
        Role: arnOf('LanderRole'),
        TracingConfig: { Mode: 'Active' },
        Environment: { Variables: Object.fromEntries(file.environment.map((variable) => [variable, given[variable]])) },
      },
    },
    LanderMapping: {
      Type: 'AWS::Lambda::EventSourceMapping',
      Properties: {
        EventSourceArn: streamArn,
        FunctionName: arnOf('Lander'),
        ...MAPPING,
        MaximumBatchingWindowInSeconds: window,
        DestinationConfig: { OnFailure: { Destination: ref('StreamsDeadLetterQueueArn') } },
      },
    },
    LanderAgeAlarm: {
      Type: 'AWS::CloudWatch::Alarm',
      Properties: {
        AlarmName: `sluice-${stage}_${dataset}-stream-age`,
        AlarmDescription: `Records of the stream of ${dataset} wait longer than a quarter of an hour to land. docs/operations.md: stream-age`,
        Namespace: 'AWS/Lambda',
        MetricName: 'IteratorAge',
        Dimensions: [{ Name: 'FunctionName', Value: ref('Lander') }],
        Statistic: 'Maximum',
        Period: 300,
        EvaluationPeriods: 1,
        Threshold: MOST_AGE_MS,
        ComparisonOperator: 'GreaterThanThreshold',
        // Lambda puts it when it calls the function: none means that no record came.
        TreatMissingData: 'notBreaching',
        AlarmActions: [ref('AlertTopicArn')],
        OKActions: [ref('AlertTopicArn')],
      },
    },
  }
}

const arnOfStream = (stream: string) => sub(`arn:\${AWS::Partition}:kinesis:\${AWS::Region}:\${AWS::AccountId}:stream/${stream}`)

export function landerRole(dataset: string, stream: string, key?: string): Resources[string] {
  const statements: Statement[] = [
    { Sid: 'Log', Action: ['logs:CreateLogStream', 'logs:PutLogEvents'], Resource: arnOf('LanderLogGroup') },
    { Sid: 'Trace', Action: ['xray:PutTraceSegments', 'xray:PutTelemetryRecords'], Resource: '*' },
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
    { Sid: 'LandObjects', Action: 's3:PutObject', Resource: sub(`arn:\${AWS::Partition}:s3:::\${RawBucketName}/raw/${dataset}/*`) },
    { Sid: 'EncryptObjects', Action: 'kms:GenerateDataKey', Resource: ref('DataKeyArn') },
    { Sid: 'QueueWhatFailed', Action: 'sqs:SendMessage', Resource: ref('StreamsDeadLetterQueueArn') },
  ]
  return roleFor('lambda', statements)
}
