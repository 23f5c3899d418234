import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { PutMetricDataCommand } from '@aws-sdk/client-cloudwatch'
import { GetItemCommand, QueryCommand, TransactWriteItemsCommand } from '@aws-sdk/client-dynamodb'
import { PutEventsCommand } from '@aws-sdk/client-eventbridge'
import { GetPartitionsCommand, StartDataQualityRulesetEvaluationRunCommand, StartJobRunCommand } from '@aws-sdk/client-glue'
import { InvokeCommand } from '@aws-sdk/client-lambda'
import {
  CopyObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
} from '@aws-sdk/client-s3'
import { StartExecutionCommand } from '@aws-sdk/client-sfn'
import { PublishCommand } from '@aws-sdk/client-sns'
import { SendMessageCommand } from '@aws-sdk/client-sqs'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Clients, createClients } from '../../../../laptop/aws/clients.ts'
import { type Gateway, startGateway } from '../../../../laptop/aws/gateway.ts'
import { createAccessKeys } from '../../../../laptop/iam/access-keys.ts'
import { createGuard, type Guard } from '../../../../laptop/iam/guard.ts'
import type { Statement } from '../../../../laptop/iam/policy.ts'

const keys = createAccessKeys()
const ACCOUNT = 'us-east-1:123456789012'
const LAKE = 'arn:aws:s3:::lake'
const KEY = `arn:aws:kms:${ACCOUNT}:key/data`
let behind: Server
let gateway: Gateway
let guard: Guard
let clients: Clients
let status: number

beforeAll(async () => {
  behind = createServer((message, response) => {
    message.resume()
    message.on('end', () =>
      response
        .writeHead(status, { 'content-type': 'application/xml' })
        .end(status === 404 ? '<Error><Code>NoSuchKey</Code></Error>' : '<CopyObjectResult/>'),
    )
  })
  await new Promise<void>((resolve) => behind.listen(0, '127.0.0.1', resolve))
  gateway = await startGateway({ port: (behind.address() as AddressInfo).port, secret: 'of this start' })
})
beforeEach(() => {
  status = 200
})
afterAll(async () => {
  clients?.destroy()
  await gateway.close()
  behind.close()
})

const allow = (Action: string | string[], Resource: string | string[], rest: Partial<Statement> = {}): Statement => ({
  Sid: 'It',
  Effect: 'Allow',
  Action,
  Resource,
  ...rest,
})

/** Everything from here on is asked under a role with these statements. */
function asRole(...statements: Statement[]): Clients {
  const arn = 'arn:aws:iam::123456789012:role/worker'
  const role = {
    name: 'worker',
    arn,
    trust: {},
    policies: [{ name: 'p', document: { Statement: statements } as never }],
    managedPolicies: [],
  }
  guard = createGuard(keys, [role], new Map([[LAKE, KEY]]))
  gateway.guard(guard.check)
  clients = createClients(gateway.endpoint, keys.of(arn))
  return clients
}
const refusal = async (work: Promise<unknown>) => {
  const error = await work.then(
    () => undefined,
    (thrown: Error) => thrown,
  )
  return error && { name: error.name, of: guard.denials.at(-1), told: error.message.includes('worker') }
}
const table = `arn:aws:dynamodb:${ACCOUNT}:table/ledger`
const put = { Put: { TableName: 'ledger', Item: {} } }
const remove = { Delete: { TableName: 'ledger', Key: {} } }
const quality = { DataSource: {}, Role: 'arn:aws:iam::123456789012:role/q', RulesetNames: ['rules'] } as never

describe('a role without permissions is refused in the words of the service', () => {
  it.each<[string, string, string, string, (clients: Clients) => Promise<unknown>]>([
    ['S3', 'AccessDenied', 's3:GetObject', `${LAKE}/a b/ü`, ({ s3 }) => s3.send(new GetObjectCommand({ Bucket: 'lake', Key: 'a b/ü' }))],
    ['S3 listing', 'AccessDenied', 's3:ListBucket', LAKE, ({ s3 }) => s3.send(new ListObjectsV2Command({ Bucket: 'lake', Prefix: 'x/' }))],
    [
      'S3 deleting',
      'AccessDenied',
      's3:DeleteObject',
      `${LAKE}/a&b`,
      ({ s3 }) => s3.send(new DeleteObjectsCommand({ Bucket: 'lake', Delete: { Objects: [{ Key: 'a&b' }] } })),
    ],
    [
      'DynamoDB',
      'AccessDeniedException',
      'dynamodb:GetItem',
      table,
      ({ dynamodb }) => dynamodb.send(new GetItemCommand({ TableName: 'ledger', Key: {} })),
    ],
    [
      'DynamoDB by index',
      'AccessDeniedException',
      'dynamodb:Query',
      `${table}/index/waiting`,
      ({ dynamodb }) => dynamodb.send(new QueryCommand({ TableName: 'ledger', IndexName: 'waiting' })),
    ],
    [
      'SQS',
      'AccessDeniedException',
      'sqs:SendMessage',
      `arn:aws:sqs:${ACCOUNT}:q`,
      ({ sqs }) => sqs.send(new SendMessageCommand({ QueueUrl: `${gateway.endpoint}/123456789012/q`, MessageBody: '{}' })),
    ],
    [
      'SNS',
      'AuthorizationErrorException',
      'sns:Publish',
      `arn:aws:sns:${ACCOUNT}:t`,
      ({ sns }) => sns.send(new PublishCommand({ TopicArn: `arn:aws:sns:${ACCOUNT}:t`, Message: 'm' })),
    ],
    [
      'EventBridge',
      'AccessDeniedException',
      'events:PutEvents',
      `arn:aws:events:${ACCOUNT}:event-bus/default`,
      ({ events }) => events.send(new PutEventsCommand({ Entries: [{ Source: 'sluice.dev', DetailType: 't', Detail: '{}' }] })),
    ],
    [
      'Glue jobs',
      'AccessDeniedException',
      'glue:StartJobRun',
      `arn:aws:glue:${ACCOUNT}:job/j`,
      ({ glue }) => glue.send(new StartJobRunCommand({ JobName: 'j' })),
    ],
    [
      'the Glue catalog',
      'AccessDeniedException',
      'glue:GetPartitions',
      `arn:aws:glue:${ACCOUNT}:catalog`,
      ({ glue }) => glue.send(new GetPartitionsCommand({ DatabaseName: 'd', TableName: 't' })),
    ],
    [
      'Step Functions',
      'AccessDeniedException',
      'states:StartExecution',
      `arn:aws:states:${ACCOUNT}:stateMachine:m`,
      ({ sfn }) => sfn.send(new StartExecutionCommand({ stateMachineArn: `arn:aws:states:${ACCOUNT}:stateMachine:m` })),
    ],
    [
      'Lambda',
      'AccessDeniedException',
      'lambda:InvokeFunction',
      `arn:aws:lambda:${ACCOUNT}:function:f`,
      ({ lambda }) => lambda.send(new InvokeCommand({ FunctionName: 'f' })),
    ],
    [
      'CloudWatch',
      'AccessDenied',
      'cloudwatch:PutMetricData',
      '*',
      ({ cloudwatch }) => cloudwatch.send(new PutMetricDataCommand({ Namespace: 'Other', MetricData: [] })),
    ],
  ])('%s', async (_, name, action, resource, ask) => {
    const elsewhere = { Condition: { StringEquals: { 'cloudwatch:namespace': 'Sluice/dev' } } }
    const worker = asRole(allow('cloudwatch:PutMetricData', '*', elsewhere))
    expect(await refusal(ask(worker))).toEqual({ name, of: { role: 'worker', action, resource }, told: true })
  })
})

describe('a call may need more than one permission', () => {
  it('a copy reads and writes, and both take the key', async () => {
    const copy = (worker: Clients) => worker.s3.send(new CopyObjectCommand({ Bucket: 'lake', Key: 'to', CopySource: 'lake/from%20here' }))
    const both = [allow('s3:GetObject', `${LAKE}/from here`), allow('s3:PutObject', `${LAKE}/to`)]
    expect((await refusal(copy(asRole(both[1] as Statement))))?.of?.action).toBe('s3:GetObject')
    expect((await refusal(copy(asRole(...both))))?.of).toEqual({ role: 'worker', action: 'kms:Decrypt', resource: KEY })
    expect(await refusal(copy(asRole(...both, allow(['kms:Decrypt', 'kms:GenerateDataKey'], KEY))))).toBeUndefined()
  })

  it('a transaction does what its parts do', async () => {
    const write = (worker: Clients) => worker.dynamodb.send(new TransactWriteItemsCommand({ TransactItems: [put, remove] }))
    expect((await refusal(write(asRole(allow('dynamodb:PutItem', table)))))?.of?.action).toBe('dynamodb:DeleteItem')
  })

  it('a quality run is handed a role', async () => {
    const start = ({ glue }: Clients) => glue.send(new StartDataQualityRulesetEvaluationRunCommand(quality))
    const names = ['Start', 'Get'].map((what) => `glue:${what}DataQualityRulesetEvaluationRun`)
    const run = allow([...names, 'glue:GetTable', 'glue:GetDatabase'], `arn:aws:glue:${ACCOUNT}:*`)
    expect((await refusal(start(asRole(run))))?.of).toEqual({
      role: 'worker',
      action: 'iam:PassRole',
      resource: 'arn:aws:iam::123456789012:role/q',
    })
  })
})

describe('what is not there', () => {
  const read = allow(['s3:GetObject', 'kms:Decrypt'], '*')
  const get = ({ s3 }: Clients) => s3.send(new GetObjectCommand({ Bucket: 'lake', Key: 'runs/none' }))

  it('is forbidden to whom may not list', async () => {
    status = 404
    expect(await refusal(get(asRole(read)))).toMatchObject({ name: 'AccessDenied', of: { action: 's3:ListBucket', resource: LAKE } })
    const head = asRole(read).s3.send(new HeadObjectCommand({ Bucket: 'lake', Key: 'runs/none' }))
    await expect(head).rejects.toMatchObject({ $metadata: { httpStatusCode: 403 } })
  })

  it('is missing to whom may list where it would be', async () => {
    status = 404
    const list = (prefix: string) => allow('s3:ListBucket', LAKE, { Condition: { StringLike: { 's3:prefix': prefix } } })
    await expect(get(asRole(read, list('runs/*')))).rejects.toMatchObject({ name: 'NoSuchKey' })
    expect((await refusal(get(asRole(read, list('curated/*')))))?.name).toBe('AccessDenied')
  })
})

describe('who calls', () => {
  it('is the owner without a role', async () => {
    asRole()
    const owner = createClients(gateway.endpoint, keys.owner)
    await owner.s3.send(new PutObjectCommand({ Bucket: 'lake', Key: 'x', Body: 'y' }))
    expect(guard.denials).toEqual([])
    owner.destroy()
  })

  it.each<[string, string, (clients: Clients) => Promise<unknown>]>([
    ['DynamoDB', 'UnrecognizedClientException', ({ dynamodb }) => dynamodb.send(new GetItemCommand({ TableName: 'ledger', Key: {} }))],
    ['S3', 'InvalidAccessKeyId', ({ s3 }) => s3.send(new GetObjectCommand({ Bucket: 'lake', Key: 'x' }))],
    ['SNS', 'InvalidClientTokenId', ({ sns }) => sns.send(new PublishCommand({ TopicArn: `arn:aws:sns:${ACCOUNT}:t`, Message: 'm' }))],
  ])('is unknown with a key of another start: %s', async (_service, name, call) => {
    asRole()
    const role = 'arn:aws:iam::123456789012:role/worker'
    for (const key of [createAccessKeys().owner, createAccessKeys().of(role), keys.of('stranger'), 'sluice-laptop']) {
      const stranger = createClients(gateway.endpoint, key)
      await expect(call(stranger)).rejects.toMatchObject({ name, $metadata: { httpStatusCode: 403 } })
      stranger.destroy()
    }
  })
})

it('what a statement allows and no call has needed is known', async () => {
  const worker = asRole(allow(['s3:PutObject', 's3:DeleteObject'], `${LAKE}/*`), allow('kms:GenerateDataKey', KEY))
  await worker.s3.send(new PutObjectCommand({ Bucket: 'lake', Key: 'x', Body: 'y' }))
  expect(guard.grants().filter(({ used }) => !used)).toEqual([{ role: 'worker', sid: 'It', action: 's3:DeleteObject', used: false }])
})
