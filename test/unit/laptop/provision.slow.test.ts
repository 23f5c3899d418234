import { CopyObjectCommand, DeleteObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3'
import { ReceiveMessageCommand } from '@aws-sdk/client-sqs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createClients } from '../../../laptop/aws/clients.ts'
import { provision } from '../../../laptop/cloudformation/provision.ts'
import type { FunctionDefinition, Host, ScheduleDefinition } from '../../../laptop/cloudformation/resource-type.ts'
import type { Resource, Template } from '../../../laptop/cloudformation/template.ts'
import { startOpenAws } from './open-aws.ts'

let moto: Awaited<ReturnType<typeof startOpenAws>>
let clients: ReturnType<typeof createClients>
beforeAll(async () => {
  moto = await startOpenAws()
  clients = createClients(moto.endpoint, 'test')
})
afterAll(async () => {
  clients?.destroy()
  await moto?.stop()
})

function build(resources: Record<string, Resource>, rest: Partial<Template> = {}) {
  const functions: FunctionDefinition[] = []
  const schedules: ScheduleDefinition[] = []
  const host: Host = {
    addFunction: (definition) => functions.push(definition),
    addMapping: () => {},
    addStreamMapping: () => {},
    addTopicMapping: () => {},
    addMachineSchedule: () => {},
    addSchedule: (definition) => schedules.push(definition),
    addRole: () => {},
    addPolicy: () => {},
  }
  const made = provision({ Resources: resources, ...rest }, { stackName: 'test', clients, host })
  return { made, functions, schedules }
}

const bucket = (name: string): Resource => ({
  Type: 'AWS::S3::Bucket',
  Properties: { BucketName: name, NotificationConfiguration: { EventBridgeConfiguration: { EventBridgeEnabled: true } } },
})

const sendsTo = (queue: string, rule: string): Resource => ({
  Type: 'AWS::SQS::QueuePolicy',
  Properties: {
    Queues: [{ Ref: queue }],
    PolicyDocument: {
      Statement: {
        Effect: 'Allow',
        Principal: { Service: 'events.amazonaws.com' },
        Action: 'sqs:SendMessage',
        Resource: { 'Fn::GetAtt': [queue, 'Arn'] },
        Condition: { ArnEquals: { 'aws:SourceArn': { 'Fn::GetAtt': [rule, 'Arn'] } } },
      },
    },
  },
})
const trust = (service: string) => ({ Statement: [{ Effect: 'Allow', Principal: { Service: service }, Action: 'sts:AssumeRole' }] })

describe('what a template makes', () => {
  it('carries an object that lands to the queue of the rule, under its own key and with a newer sequencer each time', async () => {
    const { made } = build({
      Rule: {
        Type: 'AWS::Events::Rule',
        Properties: {
          EventPattern: {
            source: ['aws.s3'],
            'detail-type': ['Object Created'],
            detail: { bucket: { name: [{ Ref: 'Raw' }] }, object: { key: [{ prefix: 'raw/' }] } },
          },
          Targets: [{ Id: 'queue', Arn: { 'Fn::GetAtt': ['Landings', 'Arn'] } }],
        },
      },
      Raw: bucket('raw-one'),
      Landings: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'landings-one' } },
      Policy: sendsTo('Landings', 'Rule'),
    })
    const QueueUrl = (await made).made.get('Landings')?.ref
    const Key = 'raw/orders/day=1 Jan/größe +50% = viel.csv'
    await clients.s3.send(new PutObjectCommand({ Bucket: 'raw-one', Key, Body: 'a' }))
    await clients.s3.send(new PutObjectCommand({ Bucket: 'raw-one', Key, Body: 'b' }))
    await clients.s3.send(new PutObjectCommand({ Bucket: 'raw-one', Key: 'elsewhere', Body: 'c' }))
    await clients.s3.send(new CopyObjectCommand({ Bucket: 'raw-one', Key: 'raw/copy', CopySource: 'raw-one/elsewhere' }))
    const { Messages = [] } = await clients.sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }))
    const events = Messages.map(({ Body = '' }) => JSON.parse(Body))
    expect(events.map(({ detail }) => detail.object.key)).toEqual([Key, Key, 'raw/copy'])
    expect(events.map(({ detail }) => detail.reason)).toEqual(['PutObject', 'PutObject', 'CopyObject'])
    const [first, second] = events.map(({ detail }) => detail.object.sequencer)
    expect(second > first).toBe(true)
    expect(events[0]['detail-type']).toBe('Object Created')
  })

  it('tells of each delete marker and of each version that is removed, as a versioned bucket does', async () => {
    const { made } = build({
      Rule: {
        Type: 'AWS::Events::Rule',
        Properties: {
          EventPattern: { source: ['aws.s3'], 'detail-type': ['Object Deleted'], detail: { bucket: { name: [{ Ref: 'Raw' }] } } },
          Targets: [{ Id: 'queue', Arn: { 'Fn::GetAtt': ['Removals', 'Arn'] } }],
        },
      },
      Raw: { ...bucket('raw-kept'), Properties: { ...bucket('raw-kept').Properties, VersioningConfiguration: { Status: 'Enabled' } } },
      Removals: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'removals' } },
      Policy: sendsTo('Removals', 'Rule'),
    })
    const QueueUrl = (await made).made.get('Removals')?.ref
    const at = { Bucket: 'raw-kept', Key: 'raw/a.csv' }
    const first = await clients.s3.send(new PutObjectCommand({ ...at, Body: 'a' }))
    const second = await clients.s3.send(new PutObjectCommand({ ...at, Body: 'b' }))
    const marker = await clients.s3.send(new DeleteObjectCommand(at))
    await clients.s3.send(new DeleteObjectCommand({ ...at, VersionId: marker.VersionId }))
    await clients.s3.send(new DeleteObjectCommand({ ...at, VersionId: second.VersionId }))
    await clients.s3.send(new DeleteObjectCommand({ ...at, VersionId: first.VersionId }))
    const { Messages = [] } = await clients.sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }))
    const events = Messages.map(({ Body = '' }) => JSON.parse(Body).detail)
    expect(events.map(({ object, reason, ...detail }) => [object['version-id'], reason, detail['deletion-type']])).toEqual([
      [marker.VersionId, 'DeleteObject', 'Delete Marker Created'],
      [marker.VersionId, 'DeleteObject', 'Permanently Deleted'],
      [second.VersionId, 'DeleteObject', 'Permanently Deleted'],
      [first.VersionId, 'DeleteObject', 'Permanently Deleted'],
    ])
    expect(events.map(({ object }) => object.sequencer)).toEqual(events.map(({ object }) => object.sequencer).sort())
  })

  it('gives functions their resolved environment, and schedules to the laptop rather than to moto', async () => {
    const { made, functions, schedules } = build({
      Sweep: {
        Type: 'AWS::Lambda::Function',
        Properties: {
          FunctionName: 'sweep',
          Handler: 'sweep.handler',
          Runtime: 'nodejs22.x',
          Role: { 'Fn::GetAtt': ['SweepRole', 'Arn'] },
          Timeout: 30,
          Code: { S3Key: 'x/sweep.zip' },
          Environment: { Variables: { BUCKET: { Ref: 'Lake' }, COUNT: 3 } },
        },
      },
      SweepRole: { Type: 'AWS::IAM::Role', Properties: { AssumeRolePolicyDocument: trust('lambda.amazonaws.com') } },
      Lake: bucket('lake-two'),
      Schedule: {
        Type: 'AWS::Events::Rule',
        Properties: {
          Name: 'every',
          ScheduleExpression: 'rate(5 minutes)',
          Targets: [{ Id: 'f', Arn: { 'Fn::GetAtt': ['Sweep', 'Arn'] } }],
        },
      },
      Permission: {
        Type: 'AWS::Lambda::Permission',
        Properties: {
          FunctionName: { 'Fn::GetAtt': ['Sweep', 'Arn'] },
          Action: 'lambda:InvokeFunction',
          Principal: 'events.amazonaws.com',
          SourceArn: { 'Fn::GetAtt': ['Schedule', 'Arn'] },
        },
      },
    })
    await made
    expect(functions[0]).toMatchObject({
      name: 'sweep',
      roleArn: 'arn:aws:iam::123456789012:role/test-SweepRole',
      environment: { BUCKET: 'lake-two', COUNT: '3' },
    })
    expect(schedules).toEqual([{ name: 'every', expression: 'rate(5 minutes)', targetArn: functions[0]?.arn }])
  })

  it('leaves out what its condition forbids', async () => {
    const { made } = build(
      { Maybe: { ...bucket('never'), Condition: 'Wanted' }, Always: bucket('always-three') },
      { Parameters: { Want: { Type: 'String', Default: 'no' } }, Conditions: { Wanted: { 'Fn::Equals': [{ Ref: 'Want' }, 'yes'] } } },
    )
    expect([...(await made).made.keys()]).toEqual(['Always'])
  })
})

describe('a wrong template is refused, with the resource named', () => {
  it.each<[string, Record<string, Resource>, RegExp]>([
    ['an unknown type', { Thing: { Type: 'AWS::Redshift::Cluster' } }, /Thing \(AWS::Redshift::Cluster\)/],
    ['a reference to nothing', { Queue: { Type: 'AWS::SQS::Queue', Properties: { QueueName: { Ref: 'Nobody' } } } }, /Queue.*Nobody/],
    [
      'an attribute that is not there',
      { Q: { Type: 'AWS::SQS::Queue' }, P: { Type: 'AWS::SQS::Queue', Properties: { QueueName: { 'Fn::GetAtt': ['Q', 'Colour'] } } } },
      /P: Q .*Colour/,
    ],
    [
      'a circle',
      {
        A: { Type: 'AWS::SQS::Queue', Properties: { QueueName: { 'Fn::Sub': '${B.Arn}' } } },
        B: { Type: 'AWS::SQS::Queue', DependsOn: 'A' },
      },
      /Circular dependency: A .* → B .* → A/,
    ],
    ['a DependsOn of nothing', { A: { Type: 'AWS::SQS::Queue', DependsOn: ['C'] } }, /A depends on C/],
    [
      'a definition with a placeholder that nothing fills',
      {
        Machine: {
          Type: 'AWS::StepFunctions::StateMachine',
          Properties: { RoleArn: 'r', Definition: { StartAt: '${Start}' }, DefinitionSubstitutions: {} },
        },
      },
      /Machine.*\$\{Start\}/,
    ],
    [
      'a target that cannot be delivered to',
      {
        Rule: {
          Type: 'AWS::Events::Rule',
          Properties: { EventPattern: { source: ['x'] }, Targets: [{ Id: 'a', Arn: 'arn:aws:kinesis:us-east-1:1:stream/s' }] },
        },
      },
      /Rule.*kinesis/,
    ],
    [
      'a rule that its queue does not let in',
      {
        Rule: {
          Type: 'AWS::Events::Rule',
          Properties: { EventPattern: { source: ['x'] }, Targets: [{ Id: 'q', Arn: { 'Fn::GetAtt': ['Shut', 'Arn'] } }] },
        },
        Other: { Type: 'AWS::Events::Rule', Properties: { EventPattern: { source: ['y'] } } },
        Shut: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'shut' } },
        Policy: sendsTo('Shut', 'Other'),
      },
      /Rule: events\.amazonaws\.com is not authorized to perform sqs:SendMessage on .*:shut/,
    ],
    [
      'an alarm that its topic does not let publish',
      {
        Late: { Type: 'AWS::CloudWatch::Alarm', Properties: { AlarmName: 'late', AlarmActions: [{ Ref: 'Topic' }] } },
        Topic: { Type: 'AWS::SNS::Topic', Properties: { TopicName: 'told' } },
      },
      /Late: cloudwatch\.amazonaws\.com is not authorized to perform sns:Publish on .*:told/,
    ],
    [
      'a function whose role Lambda may not take',
      {
        Loose: {
          Type: 'AWS::Lambda::Function',
          Properties: { Handler: 'a.b', Runtime: 'x', Role: { 'Fn::GetAtt': ['LooseRole', 'Arn'] }, Code: { S3Key: 'k' } },
        },
        LooseRole: { Type: 'AWS::IAM::Role', Properties: { AssumeRolePolicyDocument: trust('glue.amazonaws.com') } },
      },
      /Loose: lambda\.amazonaws\.com is not authorized to perform sts:AssumeRole on .*role\/test-LooseRole/,
    ],
  ])('%s', async (_, resources, message) => {
    await expect(build(resources).made).rejects.toThrow(message)
  })
})
