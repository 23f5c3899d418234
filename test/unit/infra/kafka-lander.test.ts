import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { resolved } from '../../../infra/packaging/template/resolved.ts'
import type { Value } from '../../../infra/packaging/template/template.ts'
import { serviceUses } from '../../../infra/permissions/service-uses.ts'
import { judge, type Statement } from '../../../laptop/iam/policy.ts'
import { PLACE } from '../../../laptop/iam/service-role.ts'
import { root } from '../../../setup/places.mjs'
import { CA, CLUSTER, CONNECTIONS, ID, KEY, SECRET, TOPIC } from './kafka-connections.ts'
import { deployed } from './lander-stack.ts'

const POLL = ['msk-poll', 'msk-sign-in', 'broker-secret', 'broker-network']

const stacks = Object.entries(CONNECTIONS).map(([name, connection]) => [name, deployed(TOPIC, connection)] as const)
const mappingOf = (name: keyof typeof CONNECTIONS) => deployed(TOPIC, CONNECTIONS[name]).value('LanderMapping')

describe('the event source mapping of a topic', () => {
  it('of MSK names the cluster, the topic and a group of its own, and begins with the oldest record', () => {
    expect(mappingOf('MSK by IAM')).toEqual({
      EventSourceArn: CLUSTER,
      FunctionName: 'arn:aws:lambda:us-east-1:123456789012:function:sluice-dev-land_clicks',
      Topics: ['clicks'],
      AmazonManagedKafkaEventSourceConfig: { ConsumerGroupId: 'sluice-dev-land_clicks' },
      StartingPosition: 'TRIM_HORIZON',
      BatchSize: 10_000,
      MaximumBatchingWindowInSeconds: 30,
    })
    expect(mappingOf('MSK by a secret').SourceAccessConfigurations).toEqual([{ Type: 'SASL_SCRAM_512_AUTH', URI: SECRET }])
  })

  it('of other brokers names them, how they let it in, and where they are', () => {
    expect(mappingOf('brokers on the internet')).toMatchObject({
      SelfManagedEventSource: { Endpoints: { KafkaBootstrapServers: ['b1.example.com:9096', 'b2.example.com:9096'] } },
      SelfManagedKafkaEventSourceConfig: { ConsumerGroupId: 'sluice-dev-land_clicks' },
      SourceAccessConfigurations: [
        { Type: 'BASIC_AUTH', URI: SECRET },
        { Type: 'SERVER_ROOT_CA_CERTIFICATE', URI: CA },
      ],
    })
    expect(mappingOf('brokers in a VPC').SourceAccessConfigurations).toEqual([
      { Type: 'VPC_SUBNET', URI: 'subnet:subnet-0a' },
      { Type: 'VPC_SUBNET', URI: 'subnet:subnet-0b' },
      { Type: 'VPC_SECURITY_GROUP', URI: 'security_group:sg-0c' },
    ])
  })

  // With a destination Lambda gives up after ten attempts; the function asks for all or nothing.
  it.each(stacks)('of %s tries for as long as the topic has the records', (_, { value }) => {
    for (const field of ['DestinationConfig', 'FunctionResponseTypes', 'MaximumRetryAttempts', 'MaximumRecordAgeInSeconds'])
      expect(value('LanderMapping')).not.toHaveProperty(field)
  })
})

describe('the lander of a topic', () => {
  it.each(stacks)('of %s knows what it reads', (_, { value }) => {
    expect(value('Lander').Environment.Variables).toMatchObject({ STREAM_KIND: 'kafka', STREAM_DATASET: 'clicks' })
  })

  it.each(stacks)('of %s may do all that Lambda asks, and each permission is needed', (_, { resources, value }) => {
    const uses = serviceUses(resources, (each) => String(resolved(each as Value, resources)), PLACE).filter(({ use }) => POLL.includes(use))
    const statements = value('LanderRole').Policies[0].PolicyDocument.Statement as Statement[]
    const asks = uses.flatMap(({ asks }) => asks)
    expect(asks.filter((ask) => judge(statements, ask) === undefined)).toEqual([])
    const used = new Set(asks.map(({ action }) => action))
    const given = statements.flatMap(({ Action }) => Action).filter((action) => /^(kafka|kafka-cluster|ec2|secretsmanager):/.test(action))
    expect(given.filter((action) => !used.has(action))).toEqual([])
  })

  it('may read its own topic, note its own place, and read its own secret alone', () => {
    const may = (name: keyof typeof CONNECTIONS, action: string, resource: string) => {
      const { value } = deployed(TOPIC, CONNECTIONS[name])
      return judge(value('LanderRole').Policies[0].PolicyDocument.Statement, { action, resource }) !== undefined
    }
    const arn = (kind: string, name: string) => `arn:aws:kafka:us-east-1:123456789012:${kind}/${ID}/${name}`
    expect(may('MSK by IAM', 'kafka-cluster:ReadData', arn('topic', 'clicks'))).toBe(true)
    expect(may('MSK by IAM', 'kafka-cluster:ReadData', arn('topic', 'orders'))).toBe(false)
    expect(may('MSK by IAM', 'kafka-cluster:AlterGroup', arn('group', 'sluice-dev-land_clicks'))).toBe(true)
    expect(may('MSK by IAM', 'kafka-cluster:AlterGroup', arn('group', 'others'))).toBe(false)
    expect(may('MSK by IAM', 'kafka-cluster:WriteData', arn('topic', 'clicks'))).toBe(false)
    expect(may('MSK by a secret', 'kms:Decrypt', KEY)).toBe(true)
    expect(may('MSK by a secret', 'kafka-cluster:Connect', CLUSTER)).toBe(false)
    expect(may('brokers on the internet', 'secretsmanager:GetSecretValue', CA)).toBe(true)
    expect(may('brokers on the internet', 'ec2:CreateNetworkInterface', '*')).toBe(false)
  })

  it('has alarms on its lag and its errors, each with its line in docs/operations.md', () => {
    const { value } = stacks[0]?.[1] as (typeof stacks)[number][1]
    const page = readFileSync(join(root, 'docs', 'operations.md'), 'utf8')
    expect(value('LanderLagAlarm')).toMatchObject({ MetricName: 'OffsetLag', Statistic: 'Maximum', Threshold: 500 })
    expect(value('LanderErrorsAlarm')).toMatchObject({ MetricName: 'Errors', Statistic: 'Sum', Threshold: 2 })
    for (const id of ['LanderLagAlarm', 'LanderErrorsAlarm']) {
      const { AlarmName, AlarmDescription, Dimensions, Namespace } = value(id)
      // The topic of alerts lets alarms of such names publish.
      expect(AlarmName).toMatch(/^sluice-dev_clicks-/)
      expect([Namespace, Dimensions]).toEqual(['AWS/Lambda', [{ Name: 'FunctionName', Value: 'sluice-dev-land_clicks' }]])
      expect(page).toContain(`\n| \`${/docs\/operations\.md: ([\w-]+)$/.exec(AlarmDescription)?.[1]}\` |`)
    }
  })
})
