import type { Value } from '../packaging/template/template.ts'
import type { UseName, Values } from './service-asks.ts'

type Properties = Record<string, any>

/** What Lambda does for an event source mapping. @param resolve the value that CloudFormation fills in */
export function mappingUses(mapping: Properties, resolve: (value: Value) => string): { name: UseName; values: Values }[] {
  const source = mapping.EventSourceArn === undefined ? '' : resolve(mapping.EventSourceArn)
  return POLLS[source.split(':')[2] ?? 'brokers']?.(source, mapping, resolve) ?? []
}

/** Service in the ARN of the event source → what its poller does. Brokers that are none of AWS's have no ARN. */
const POLLS: Record<
  string,
  (source: string, mapping: Properties, resolve: (value: Value) => string) => { name: UseName; values: Values }[]
> = {
  sqs: (queue) => [{ name: 'queue-poll', values: { queue } }],
  kinesis: (stream, { DestinationConfig }, resolve) => [
    { name: 'stream-poll', values: { stream, failures: resolve(DestinationConfig.OnFailure.Destination) } },
  ],
  kafka(cluster, mapping) {
    const secrets = secretUses(mapping)
    return [
      { name: 'msk-poll', values: { cluster } },
      ...(secrets.length > 0 ? secrets : [{ name: 'msk-sign-in', values: within(cluster, mapping) }]),
      { name: 'broker-network', values: {} },
    ]
  },
  brokers(_, mapping) {
    const inNetwork = accessOf(mapping).some(({ Type }) => Type === 'VPC_SUBNET')
    return [...secretUses(mapping), ...(inNetwork ? [{ name: 'broker-network', values: {} }] : [])]
  },
}

const accessOf = ({ SourceAccessConfigurations = [] }: Properties) => SourceAccessConfigurations as { Type: string; URI: string }[]

const secretUses = (mapping: Properties) =>
  accessOf(mapping)
    .filter(({ URI }) => URI.includes(':secretsmanager:'))
    .map(({ URI }) => ({ name: 'broker-secret', values: { secret: URI } }))

function within(cluster: string, { Topics, AmazonManagedKafkaEventSourceConfig: config }: Properties): Values {
  const arn = (kind: string, name: string) => `${cluster.replace(':cluster/', `:${kind}/`)}/${name}`
  return { cluster, topic: arn('topic', Topics[0]), group: arn('group', config.ConsumerGroupId) }
}
