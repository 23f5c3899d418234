import { PutRuleCommand, PutTargetsCommand, type Target } from '@aws-sdk/client-eventbridge'
import { CreateTopicCommand, SubscribeCommand } from '@aws-sdk/client-sns'
import { CreateQueueCommand, GetQueueAttributesCommand } from '@aws-sdk/client-sqs'
import type { Context, Made, ResourceType, ScheduleDefinition } from '../resource-type.ts'
import { TemplateError, type Value } from '../template.ts'

/** Template properties that the API takes as attributes of the same name. */
const QUEUE_ATTRIBUTES = [
  'VisibilityTimeout',
  'MessageRetentionPeriod',
  'DelaySeconds',
  'ReceiveMessageWaitTimeSeconds',
  'MaximumMessageSize',
  'RedrivePolicy',
  'RedriveAllowPolicy',
  'FifoQueue',
  'ContentBasedDeduplication',
]

async function queue(properties: { [key: string]: Value }, { clients, generatedName }: Context): Promise<Made> {
  const QueueName = (properties.QueueName as string | undefined) ?? generatedName
  const given = QUEUE_ATTRIBUTES.filter((name) => properties[name] !== undefined)
  const Attributes = Object.fromEntries(given.map((name) => [name, asText(properties[name] as Value)]))
  const { QueueUrl = '' } = await clients.sqs.send(new CreateQueueCommand({ QueueName, Attributes }))
  const made = await clients.sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }))
  return { ref: QueueUrl, attributes: { Arn: made.Attributes?.QueueArn ?? '', QueueName, QueueUrl } }
}

interface Subscription {
  Protocol: string
  Endpoint: string
  FilterPolicy?: Value
  FilterPolicyScope?: string
  RawMessageDelivery?: boolean
}

interface TopicProperties {
  TopicName?: string
  KmsMasterKeyId?: string
  Subscription?: Subscription[]
}

async function topic(properties: TopicProperties, context: Context): Promise<Made> {
  const TopicName = properties.TopicName ?? context.generatedName
  const { TopicArn = '' } = await context.clients.sns.send(new CreateTopicCommand({ Name: TopicName }))
  if (properties.KmsMasterKeyId) context.access.encrypt(TopicArn, properties.KmsMasterKeyId)
  for (const each of properties.Subscription ?? []) await subscription({ ...each, TopicArn }, context)
  return { ref: TopicArn, attributes: { TopicArn, TopicName } }
}

async function subscription(properties: Subscription & { TopicArn: string }, { clients }: Context): Promise<Made> {
  const { TopicArn, Protocol, Endpoint, FilterPolicy, FilterPolicyScope, RawMessageDelivery } = properties
  const { SubscriptionArn = '' } = await clients.sns.send(
    new SubscribeCommand({
      TopicArn,
      Protocol,
      Endpoint,
      ReturnSubscriptionArn: true,
      Attributes: {
        ...(FilterPolicy !== undefined && { FilterPolicy: asText(FilterPolicy) }),
        ...(FilterPolicyScope && { FilterPolicyScope }),
        ...(RawMessageDelivery !== undefined && { RawMessageDelivery: String(RawMessageDelivery) }),
      },
    }),
  )
  return { ref: SubscriptionArn }
}

interface RuleProperties {
  Name?: string
  EventPattern?: Value
  ScheduleExpression?: string
  State?: 'ENABLED' | 'DISABLED'
  Targets?: (Target & { Arn: string })[]
}

async function rule(properties: RuleProperties, { id, clients, generatedName, host, access }: Context): Promise<Made> {
  const Name = properties.Name ?? generatedName
  const { EventPattern, ScheduleExpression, State = 'ENABLED', Targets = [] } = properties
  const Arn = `arn:aws:events:us-east-1:123456789012:rule/${Name}`
  for (const target of Targets) access.deliver(id, Arn, target.Arn)
  if (ScheduleExpression !== undefined) {
    // Not in moto: there a rule without a pattern would match every event.
    for (const target of State === 'ENABLED' ? Targets : []) {
      if (!/:(lambda|sqs):/.test(target.Arn))
        throw new TemplateError(`${id}: the laptop's schedules call functions and send to queues, not to ${target.Arn}`)
      host.addSchedule({
        name: Name,
        expression: ScheduleExpression,
        targetArn: target.Arn,
        ...(target.Input && { input: target.Input }),
        ...(target.InputTransformer && { transformer: target.InputTransformer as NonNullable<ScheduleDefinition['transformer']> }),
      })
    }
    return { ref: Name, attributes: { Arn } }
  }
  const undeliverable = Targets.find((target) => !/:(sqs|sns|logs):/.test(target.Arn))
  if (undeliverable) throw new TemplateError(`${id}: the laptop cannot deliver events to ${undeliverable.Arn}`)
  await clients.events.send(new PutRuleCommand({ Name, State, EventPattern: asText(EventPattern ?? {}) }))
  if (Targets.length > 0) await clients.events.send(new PutTargetsCommand({ Rule: Name, Targets }))
  return { ref: Name, attributes: { Arn } }
}

const asText = (value: Value) => (value !== null && typeof value === 'object' ? JSON.stringify(value) : String(value))

export const messagingTypes = {
  'AWS::SQS::Queue': queue,
  'AWS::SNS::Topic': topic,
  'AWS::SNS::Subscription': subscription,
  'AWS::Events::Rule': rule,
} as unknown as Record<string, ResourceType>
