import type { KafkaConnection } from '../../../../functions/domain/contract/connections/file.ts'
import type { Contract } from '../../../../functions/domain/contract/contract.ts'
import { landerFunctionName } from '../../../../functions/domain/names.ts'
import type { Statement, Value } from '../../template/template.ts'
import type { StreamParts } from './parts.ts'

/**
 * What a topic of Kafka needs beside the function. The mapping has no destination for what fails: with one, Lambda gives a batch up after ten
 * attempts; without one it tries for as long as the topic has the records. Reports of single records and splits of a batch are of the paid
 * mode alone, and a failure is in no record.
 * https://docs.aws.amazon.com/lambda/latest/dg/kafka-retry-configurations.html
 */
export function kafkaParts({ dataset, source }: Contract, stage: string, connection: KafkaConnection): StreamParts | undefined {
  if (!source.kafka) return undefined
  const { topic, most_lag: mostLag } = source.kafka
  const group = consumerGroup(dataset, stage)
  return {
    mapping: { ...sourceOf(connection, group), Topics: [topic] },
    statements: kafkaStatements(connection, topic, group),
    alarms: {
      LanderLagAlarm: {
        name: 'stream-lag',
        description: `More than ${mostLag} records of the topic of ${dataset} have not landed.`,
        // As often as the window is over: a lag within it is no trouble.
        properties: { MetricName: 'OffsetLag', Statistic: 'Maximum', Period: 300, EvaluationPeriods: 3, Threshold: mostLag },
      },
      LanderErrorsAlarm: {
        name: 'stream-errors',
        description: `The lander of ${dataset} fails again and again, and its topic waits.`,
        properties: { MetricName: 'Errors', Statistic: 'Sum', Period: 900, Threshold: 2 },
      },
    },
  }
}

/** Of the brokers, which note there how far a dataset is: a stack that is made anew reads on. */
export const consumerGroup = (dataset: string, stage: string) => landerFunctionName(`sluice-${stage}`, dataset)

/** https://docs.aws.amazon.com/lambda/latest/api/API_SourceAccessConfiguration.html */
const AUTH = { scram_512: 'SASL_SCRAM_512_AUTH', scram_256: 'SASL_SCRAM_256_AUTH', plain: 'BASIC_AUTH' } as const

function sourceOf(connection: KafkaConnection, ConsumerGroupId: string): Record<string, Value> {
  const { cluster, bootstrap_servers: servers = [], secret, auth = 'scram_512', ca_secret: authority, network } = connection
  const access = [
    ...(secret === undefined ? [] : [{ Type: AUTH[auth], URI: secret }]),
    ...(authority === undefined ? [] : [{ Type: 'SERVER_ROOT_CA_CERTIFICATE', URI: authority }]),
    ...(network?.subnet_ids ?? []).map((id) => ({ Type: 'VPC_SUBNET', URI: `subnet:${id}` })),
    ...(network ? [{ Type: 'VPC_SECURITY_GROUP', URI: `security_group:${network.security_group_id}` }] : []),
  ]
  return {
    ...(cluster === undefined
      ? {
          SelfManagedEventSource: { Endpoints: { KafkaBootstrapServers: servers } },
          SelfManagedKafkaEventSourceConfig: { ConsumerGroupId },
        }
      : { EventSourceArn: cluster, AmazonManagedKafkaEventSourceConfig: { ConsumerGroupId } }),
    ...(access.length > 0 && { SourceAccessConfigurations: access }),
  }
}

/** https://docs.aws.amazon.com/lambda/latest/dg/with-msk-permissions.html, with-kafka-permissions.html and msk-cluster-auth.html */
export function kafkaStatements(connection: KafkaConnection, topic: string, group: string): Statement[] {
  const { cluster, secret, kms_key: key, ca_secret: authority, network } = connection
  const secrets = [secret, authority].filter((arn) => arn !== undefined)
  return [
    ...(cluster === undefined
      ? []
      : [{ Sid: 'FindItsBrokers', Action: ['kafka:DescribeClusterV2', 'kafka:GetBootstrapBrokers'], Resource: cluster }]),
    ...(cluster === undefined || secret !== undefined ? [] : signIn(cluster, topic, group)),
    ...(secrets.length === 0 ? [] : [{ Sid: 'ReadItsSecret', Action: 'secretsmanager:GetSecretValue', Resource: secrets }]),
    ...(key === undefined ? [] : [{ Sid: 'DecryptItsSecret', Action: 'kms:Decrypt', Resource: key }]),
    ...(cluster !== undefined || network ? [REACH] : []),
  ]
}

function signIn(cluster: string, topic: string, group: string): Statement[] {
  const within = (kind: string, name: string) => `${cluster.replace(':cluster/', `:${kind}/`)}/${name}`
  return [
    { Sid: 'SignIn', Action: ['kafka-cluster:Connect', 'kafka-cluster:DescribeClusterDynamicConfiguration'], Resource: cluster },
    { Sid: 'ReadItsTopic', Action: ['kafka-cluster:DescribeTopic', 'kafka-cluster:ReadData'], Resource: within('topic', topic) },
    { Sid: 'NoteHowFar', Action: ['kafka-cluster:AlterGroup', 'kafka-cluster:DescribeGroup'], Resource: within('group', group) },
  ]
}

/** Lambda puts network interfaces for the mapping where the brokers are; it documents these on every resource. */
const REACH: Statement = {
  Sid: 'ReachItsBrokers',
  Action: [
    'ec2:CreateNetworkInterface',
    'ec2:DeleteNetworkInterface',
    'ec2:DescribeNetworkInterfaces',
    'ec2:DescribeSecurityGroups',
    'ec2:DescribeSubnets',
    'ec2:DescribeVpcs',
  ],
  Resource: '*',
}
