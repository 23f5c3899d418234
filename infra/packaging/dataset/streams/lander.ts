import { type StreamKind, streamOf } from '../../../../functions/domain/contract/landers.ts'
import { landerFunctionName } from '../../../../functions/domain/names.ts'
import type { TypedContract } from '../../contracts.ts'
import type { FunctionFile } from '../../functions.ts'
import { arnOf, type Resources, ref, roleFor, type Statement, sub, type Value } from '../../template/template.ts'
import { kafkaParts } from './kafka.ts'
import { kinesisParts } from './kinesis.ts'
import type { StreamParts } from './parts.ts'

/** Parameter of a dataset's stack: key of the lander's code in the deployment bucket. Known when the code is packed. */
export const LANDER_CODE_PARAMETER = 'LanderCodeKey'
/** The function of the main template whose code the landers have; it is taken out of the template that is deployed. */
export const LANDER_FUNCTION = 'LandStream'

const KINDS: Record<StreamKind, (typed: TypedContract, stage: string) => StreamParts | undefined> = {
  kinesis: ({ contract }) => kinesisParts(contract),
  kafka: ({ contract, connection }, stage) => (connection?.kind === 'kafka' ? kafkaParts(contract, stage, connection) : undefined),
}

/** What the dataset's stack takes from the main one beside its usual parameters. */
export const streamParameters = ({ contract }: TypedContract): Record<string, Value> =>
  streamOf(contract.source)
    ? {
        DeploymentBucketName: ref('ServerlessDeploymentBucket'),
        [LANDER_CODE_PARAMETER]: PLACE_OF_CODE,
        StreamsDeadLetterQueueArn: arnOf('StreamsDeadLetterQueue'),
      }
    : {}

/** Stands for the code's key until the framework has packed it. */
export const PLACE_OF_CODE = 'the key of the code'

/** The function of a dataset with a stream, its role, its event source mapping and its alarms. Nothing for other datasets. */
export function streamLander(typed: TypedContract, stage: string, file: FunctionFile): Resources {
  const { dataset, source } = typed.contract
  const stream = streamOf(source)
  const parts = stream && KINDS[stream.kind](typed, stage)
  if (!parts) return {}
  const name = landerFunctionName(`sluice-${stage}`, dataset)
  const given: Record<string, Value> = {
    RAW_BUCKET_NAME: ref('RawBucketName'),
    METRICS_NAMESPACE: `Sluice/${stage}`,
    STREAM_KIND: stream.kind,
    STREAM_DATASET: dataset,
    STREAM_PARTITION_KEY: source.partition_keys[0] ?? '',
  }
  return {
    LanderLogGroup: { Type: 'AWS::Logs::LogGroup', Properties: { LogGroupName: `/aws/lambda/${name}`, RetentionInDays: 90 } },
    LanderRole: landerRole(dataset, parts.statements),
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
        FunctionName: arnOf('Lander'),
        BatchSize: 10_000,
        // From the oldest record on: the lander misses none that was there before it.
        StartingPosition: 'TRIM_HORIZON',
        MaximumBatchingWindowInSeconds: stream.windowSeconds,
        ...parts.mapping,
      },
    },
    ...Object.fromEntries(Object.entries(parts.alarms).map(([id, alarm]) => [id, alarmOf(alarm, dataset, stage)])),
  }
}

function alarmOf({ name, description, properties }: StreamParts['alarms'][string], dataset: string, stage: string): Resources[string] {
  return {
    Type: 'AWS::CloudWatch::Alarm',
    Properties: {
      AlarmName: `sluice-${stage}_${dataset}-${name}`,
      AlarmDescription: `${description} docs/operations.md: ${name}`,
      Namespace: 'AWS/Lambda',
      Dimensions: [{ Name: 'FunctionName', Value: ref('Lander') }],
      EvaluationPeriods: 1,
      ComparisonOperator: 'GreaterThanThreshold',
      // Lambda puts the metrics of a function when it calls it: none means that no record came.
      TreatMissingData: 'notBreaching',
      AlarmActions: [ref('AlertTopicArn')],
      OKActions: [ref('AlertTopicArn')],
      ...properties,
    },
  }
}

/** @param poller what the poller of its stream asks of the role */
export function landerRole(dataset: string, poller: Statement[]): Resources[string] {
  return roleFor('lambda', [
    { Sid: 'Log', Action: ['logs:CreateLogStream', 'logs:PutLogEvents'], Resource: arnOf('LanderLogGroup') },
    { Sid: 'Trace', Action: ['xray:PutTraceSegments', 'xray:PutTelemetryRecords'], Resource: '*' },
    { Sid: 'LandObjects', Action: 's3:PutObject', Resource: sub(`arn:\${AWS::Partition}:s3:::\${RawBucketName}/raw/${dataset}/*`) },
    { Sid: 'EncryptObjects', Action: 'kms:GenerateDataKey', Resource: ref('DataKeyArn') },
    ...poller,
  ])
}
