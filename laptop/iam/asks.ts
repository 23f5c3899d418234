import { arn, type Call } from './call.ts'
import { dynamodbAsks } from './dynamodb-asks.ts'
import { glueAsks } from './glue-asks.ts'
import type { Ask } from './policy.ts'
import { s3Asks } from './s3-asks.ts'

/** What IAM would be asked for the call; undefined where the laptop does not know the call. */
export function asksOf(call: Call): Ask[] | undefined {
  return SERVICES[call.service]?.(call)
}

const SERVICES: Record<string, (call: Call) => Ask[] | undefined> = {
  s3: s3Asks,
  dynamodb: dynamodbAsks,
  glue: glueAsks,
  sqs: ({ operation = '', body }) => {
    const { QueueUrl = '', QueueName } = JSON.parse(body)
    return [{ action: `sqs:${operation.replace(/Batch$/, '')}`, resource: arn('sqs', QueueName ?? QueueUrl.split('/').at(-1)) }]
  },
  kinesis: ({ operation, body }) => {
    const { StreamARN, StreamName = streamOfIterator(JSON.parse(body).ShardIterator) } = JSON.parse(body)
    return [{ action: `kinesis:${operation}`, resource: StreamARN ?? arn('kinesis', `stream/${StreamName}`) }]
  },
  sns: ({ body }) => {
    const parameters = new URLSearchParams(body)
    return [{ action: `sns:${parameters.get('Action')}`, resource: parameters.get('TopicArn') ?? '*' }]
  },
  states: ({ operation, body }) => {
    const { executionArn, stateMachineArn } = JSON.parse(body || '{}')
    return [{ action: `states:${operation}`, resource: executionArn ?? stateMachineArn ?? '*' }]
  },
  events: ({ operation, body }) => {
    if (operation !== 'PutEvents') return undefined
    const entries: { Source?: string; DetailType?: string; EventBusName?: string }[] = JSON.parse(body).Entries ?? []
    return entries.map(({ Source = '', DetailType = '', EventBusName = 'default' }) => ({
      action: 'events:PutEvents',
      resource: EventBusName.startsWith('arn:') ? EventBusName : arn('events', `event-bus/${EventBusName}`),
      context: { 'events:source': Source, 'events:detail-type': DetailType },
    }))
  },
  secretsmanager: ({ operation, body }) => {
    const { SecretId = '' } = JSON.parse(body)
    // Of a name, the ARN has six characters more that Secrets Manager chose.
    return [
      {
        action: `secretsmanager:${operation}`,
        resource: SecretId.startsWith('arn:') ? SecretId : arn('secretsmanager', `secret:${SecretId}-AbCdEf`),
      },
    ]
  },
  lambda: ({ path }) => {
    // Lambda lets no resource be named for it.
    if (/^\/2015-03-31\/event-source-mappings\/?(\?|$)/.test(path)) return [{ action: 'lambda:ListEventSourceMappings', resource: '*' }]
    const name = decodeURIComponent(/\/functions\/([^/]+)\/invocations/.exec(path)?.[1] ?? '')
    return name
      ? [{ action: 'lambda:InvokeFunction', resource: name.startsWith('arn:') ? name : arn('lambda', `function:${name}`) }]
      : undefined
  },
  monitoring: ({ body }) => {
    const namespace = namespaceOf(body)
    return [
      {
        action: 'cloudwatch:PutMetricData',
        resource: '*',
        ...(namespace === undefined ? {} : { context: { 'cloudwatch:namespace': namespace } }),
      },
    ]
  },
}

// GetRecords names its stream in the iterator alone, which is moto's: `<stream>:<shard>:<number>` in base64.
const streamOfIterator = (iterator = '') => Buffer.from(iterator, 'base64').toString().split(':')[0]

// CloudWatch speaks several protocols: form fields, JSON, and CBOR, in which a text follows one or two bytes of length.
function namespaceOf(body: string): string | undefined {
  if (body.startsWith('{')) return JSON.parse(body).Namespace
  const form = new URLSearchParams(body).get('Namespace')
  return form ?? /Namespace(?:[\x60-\x77]|\x78.|\ufffd.?)([\w/.#:-]+)/s.exec(body)?.[1]
}
