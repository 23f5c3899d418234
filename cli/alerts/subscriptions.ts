import {
  GetSubscriptionAttributesCommand,
  paginateListSubscriptionsByTopic,
  SetSubscriptionAttributesCommand,
  SNSClient,
  SubscribeCommand,
  UnsubscribeCommand,
} from '@aws-sdk/client-sns'
import { UsageError } from '../usage-error.ts'

/** Attributes of an alert → values that pass; one that is not named lets every value pass. */
export type AlertFilter = { dataset?: string[]; kind?: string[]; severity?: string[] }

export interface Subscription {
  /** Null as long as it has not been confirmed. */
  subscriptionArn: string | null
  protocol: string
  endpoint: string
  filter: AlertFilter
}

/** The endpoints that get the alerts of a deployment. */
export function alertSubscriptions(topicArn: string, client = new SNSClient({})) {
  async function existing(): Promise<Subscription[]> {
    const all: Subscription[] = []
    for await (const { Subscriptions = [] } of paginateListSubscriptionsByTopic({ client }, { TopicArn: topicArn })) {
      for (const { SubscriptionArn = '', Protocol = '', Endpoint = '' } of Subscriptions) {
        const isConfirmed = SubscriptionArn.startsWith('arn:')
        all.push({
          subscriptionArn: isConfirmed ? SubscriptionArn : null,
          protocol: Protocol,
          endpoint: Endpoint,
          filter: isConfirmed ? await filterOf(SubscriptionArn) : {},
        })
      }
    }
    return all
  }

  async function filterOf(SubscriptionArn: string): Promise<AlertFilter> {
    const { Attributes } = await client.send(new GetSubscriptionAttributesCommand({ SubscriptionArn }))
    return Attributes?.FilterPolicy ? (JSON.parse(Attributes.FilterPolicy) as AlertFilter) : {}
  }

  return {
    existing,

    /** Subscribes the endpoint; for one that is already subscribed, this filter replaces the old one. */
    async put(endpoint: string, protocol: string, filter: AlertFilter): Promise<Subscription> {
      const FilterPolicy = JSON.stringify(filter)
      const before = (await existing()).find((each) => each.endpoint === endpoint)
      if (before?.subscriptionArn) {
        const { subscriptionArn: SubscriptionArn } = before
        await client.send(
          new SetSubscriptionAttributesCommand({ SubscriptionArn, AttributeName: 'FilterPolicy', AttributeValue: FilterPolicy }),
        )
        return { ...before, filter }
      }
      const { SubscriptionArn = null } = await client.send(
        new SubscribeCommand({
          TopicArn: topicArn,
          Protocol: protocol,
          Endpoint: endpoint,
          ReturnSubscriptionArn: true,
          ...(Object.keys(filter).length > 0 && { Attributes: { FilterPolicy } }),
        }),
      )
      return { subscriptionArn: SubscriptionArn, protocol, endpoint, filter }
    },

    async remove(endpoint: string): Promise<Subscription> {
      const all = await existing()
      const found = all.find((each) => each.endpoint === endpoint)
      if (!found)
        throw new UsageError(`${endpoint} is not subscribed; subscribed: ${all.map((each) => each.endpoint).join(', ') || 'no endpoint'}`)
      if (!found.subscriptionArn) {
        throw new UsageError(
          `${endpoint} has not confirmed yet, so SNS cannot remove it; an unconfirmed subscription expires after two days`,
        )
      }
      await client.send(new UnsubscribeCommand({ SubscriptionArn: found.subscriptionArn }))
      return found
    },
  }
}

/** SNS's name for the way to an endpoint. */
export function protocolOf(endpoint: string): string {
  const service = /^arn:[\w-]+:(sqs|lambda):/.exec(endpoint)?.[1]
  if (service) return service
  if (/^https:\/\//.test(endpoint)) return 'https'
  if (/^\+\d{6,15}$/.test(endpoint)) return 'sms'
  if (/^[^@\s]+@[^@\s]+$/.test(endpoint)) return 'email'
  throw new UsageError(`"${endpoint}" is not a mail address, https address, +phone number, or ARN of a queue or function`)
}
