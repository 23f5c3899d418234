import { CreateStreamCommand } from '@aws-sdk/client-kinesis'
import type { Context, Made, ResourceType } from '../resource-type.ts'
import { TemplateError } from '../template.ts'

interface MappingProperties {
  /** Brokers of Kafka that are none of AWS's have none. */
  EventSourceArn?: string
  SelfManagedEventSource?: { Endpoints?: { KafkaBootstrapServers?: string[] } }
  Topics?: string[]
  FunctionName: string
  BatchSize?: number
  MaximumBatchingWindowInSeconds?: number
  FunctionResponseTypes?: string[]
  ScalingConfig?: { MaximumConcurrency?: number }
  Enabled?: boolean
  StartingPosition?: string
  BisectBatchOnFunctionError?: boolean
  MaximumRetryAttempts?: number
  MaximumRecordAgeInSeconds?: number
  DestinationConfig?: { OnFailure?: { Destination?: string } }
}

async function mapping(properties: MappingProperties, context: Context): Promise<Made> {
  const { EventSourceArn: arn } = properties
  const make = SOURCES[arn === undefined ? 'brokers' : (arn.split(':')[2] ?? '')]
  if (!make)
    throw new TemplateError(`${context.id}: the laptop polls SQS queues, Kinesis streams and brokers that --connection names, not ${arn}`)
  await make(properties, context)
  return { ref: context.id }
}

async function queue(properties: MappingProperties, { host }: Context): Promise<void> {
  const { MaximumConcurrency } = properties.ScalingConfig ?? {}
  if (properties.Enabled === false) return
  host.addMapping({
    functionName: properties.FunctionName.split(':').at(-1) ?? '',
    queueArn: String(properties.EventSourceArn),
    batchSize: properties.BatchSize ?? 10,
    windowSeconds: properties.MaximumBatchingWindowInSeconds ?? 0,
    ...(MaximumConcurrency !== undefined && { maximumConcurrency: MaximumConcurrency }),
    reportsItemFailures: properties.FunctionResponseTypes?.includes('ReportBatchItemFailures') ?? false,
  })
}

/** Shards of a stream on the laptop: one, so that records keep the order in which they were put. You may split it. */
const SHARDS = 1

// On AWS the stream belongs to its producers and is there; here it is made for them.
async function stream(properties: MappingProperties, { id, clients, host }: Context): Promise<void> {
  const { EventSourceArn: streamArn = '', FunctionName: functionArn, StartingPosition } = properties
  if (StartingPosition !== 'TRIM_HORIZON') throw new TemplateError(`${id}: the laptop reads streams from TRIM_HORIZON only`)
  const StreamName = streamArn.slice(streamArn.indexOf('/') + 1)
  await clients.kinesis.send(new CreateStreamCommand({ StreamName, ShardCount: SHARDS })).catch((error) => {
    // Two datasets may read one stream.
    if (error.name !== 'ResourceInUseException') throw error
  })
  host.addStreamMapping({
    functionName: functionArn.split(':').at(-1) ?? '',
    functionArn,
    streamArn,
    batchSize: properties.BatchSize ?? 100,
    windowSeconds: properties.MaximumBatchingWindowInSeconds ?? 0,
    reportsItemFailures: properties.FunctionResponseTypes?.includes('ReportBatchItemFailures') ?? false,
    bisects: properties.BisectBatchOnFunctionError ?? false,
    maximumRetries: properties.MaximumRetryAttempts ?? -1,
    maximumAgeSeconds: properties.MaximumRecordAgeInSeconds ?? -1,
    failureQueueArn: properties.DestinationConfig?.OnFailure?.Destination ?? '',
  })
}

async function topic(properties: MappingProperties, { id, host }: Context): Promise<void> {
  const { FunctionName, StartingPosition, Topics = [], SelfManagedEventSource } = properties
  if (StartingPosition !== 'TRIM_HORIZON') throw new TemplateError(`${id}: the laptop reads topics from TRIM_HORIZON only`)
  host.addTopicMapping({
    functionName: FunctionName.split(':').at(-1) ?? '',
    servers: SelfManagedEventSource?.Endpoints?.KafkaBootstrapServers ?? [],
    topic: String(Topics[0]),
    batchSize: properties.BatchSize ?? 100,
    windowSeconds: properties.MaximumBatchingWindowInSeconds ?? 0,
  })
}

/** Service in the ARN of an event source → what polls it here. */
const SOURCES: Record<string, (properties: MappingProperties, context: Context) => Promise<void>> = {
  sqs: queue,
  kinesis: stream,
  brokers: topic,
}

export const mappingTypes = { 'AWS::Lambda::EventSourceMapping': mapping } as unknown as Record<string, ResourceType>
