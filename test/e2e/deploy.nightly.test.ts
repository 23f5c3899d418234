import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { CloudFormationClient, ListStacksCommand } from '@aws-sdk/client-cloudformation'
import { CloudWatchLogsClient, CreateLogStreamCommand, PutLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs'
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb'
import { LambdaClient, ListFunctionsCommand } from '@aws-sdk/client-lambda'
import {
  DeleteObjectCommand,
  GetObjectCommand,
  ListBucketsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { ListQueuesCommand, SQSClient } from '@aws-sdk/client-sqs'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readPackage } from '../../infra/packaged.ts'
import { packageOnce } from '../../laptop/pipeline/deploy/package-once.ts'
import { root } from '../../setup/places.mjs'
import { type OpenAws, startOpenAws } from '../unit/laptop/open-aws.ts'
import { lastObject, sluice } from './sluice-command.ts'

// The framework's own path to AWS, against moto: it skips what it does not know (Glue, policies), so this proves deploy,
// upload and remove, not the resources.
let moto: OpenAws
let folder: string
let environment: Record<string, string>
beforeAll(async () => {
  moto = await startOpenAws()
  // moto keeps resources with Retain, and does not support RetainExceptOnCreate.
  folder = mkdtempSync(join(tmpdir(), 'sluice-deploy-package-'))
  environment = {
    AWS_ENDPOINT_URL: moto.endpoint,
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_REGION: 'us-east-1',
  }
  environment.SLUICE_FUNCTION_BUNDLES = await packageOnce()
  const { exitCode, all } = await serverless('package', '--package', folder, '--param', 'on-delete=Retain')
  expect(exitCode, all).toBe(0)
}, 240_000)
afterAll(async () => {
  await moto?.stop()
  rmSync(folder, { recursive: true, force: true })
})

const serverless = (...command: string[]) =>
  execa(join(root, 'node_modules', '.bin', 'serverless'), command, { cwd: root, env: environment, reject: false, all: true })
const client = () => ({
  endpoint: environment.AWS_ENDPOINT_URL as string,
  region: 'us-east-1',
  credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
})
const s3 = () => new S3Client({ ...client(), forcePathStyle: true })

async function bucketNames(): Promise<string[]> {
  const { Buckets = [] } = await s3().send(new ListBucketsCommand({}))
  return Buckets.map(({ Name }) => Name as string)
}

async function keysOf(Bucket: string): Promise<string[]> {
  const { Contents = [] } = await s3().send(new ListObjectsV2Command({ Bucket }))
  return Contents.map(({ Key }) => Key as string)
}

describe('deploy --package, then destroy', () => {
  let leftBehind: { kind: string; name: string; parameter?: string }[]

  it('refuses a package of another stage', async () => {
    const { exitCode, all } = await serverless('deploy', '--package', folder, '--stage', 'prod')
    expect(exitCode).not.toBe(0)
    expect(all).toContain('was packaged for stage dev, not prod')
  })

  it('ships what was packaged', async () => {
    const { exitCode, all } = await serverless('deploy', '--package', folder)
    expect(exitCode, all).toBe(0)
    const bucket = (await bucketNames()).find((name) => name.includes('deployment')) as string
    const keys = await keysOf(bucket)
    const { artifactPrefix, files } = readPackage(folder)
    const stacks = Object.keys(files).filter((file) => file.includes('/stacks/'))
    expect(stacks.length).toBeGreaterThan(0)
    for (const stack of stacks) expect(keys).toContain(`${artifactPrefix}stacks/${basename(stack)}`)
    const script = keys.find((key) => key.endsWith('/curate.py')) as string
    const uploaded = await s3().send(new GetObjectCommand({ Bucket: bucket, Key: script }))
    expect(await uploaded.Body?.transformToString()).toBe(readFileSync(join(root, 'glue-scripts', 'curate.py'), 'utf8'))
    const zip = keys.find((key) => key.endsWith('/sweep.zip')) as string
    const code = await s3().send(new GetObjectCommand({ Bucket: bucket, Key: zip }))
    expect(Buffer.from((await code.Body?.transformToByteArray()) as Uint8Array)).toEqual(readFileSync(join(folder, 'sweep.zip')))
  }, 240_000)

  it('makes the functions, and a nested stack a dataset', async () => {
    const { Functions = [] } = await new LambdaClient(client()).send(new ListFunctionsCommand({}))
    expect(Functions.map(({ FunctionName }) => FunctionName)).toContain('sluice-dev-record-landings')
    const { StackSummaries = [] } = await new CloudFormationClient(client()).send(new ListStacksCommand({}))
    expect(StackSummaries.filter(({ StackName }) => StackName?.includes('DatasetOnlineRetail'))).toHaveLength(1)
  })

  it('refuses a contract whose table is of another kind, and deploys it when the table will be rebuilt', async () => {
    const lake = (await bucketNames()).find((name) => name.startsWith('sluice-dev-lake-')) as string
    const kind = { contractVersion: 'v0', columns: { quantity: 'string' }, primaryKey: ['nothing'], partitionBy: [] }
    const Key = 'tables/online_retail.json'
    await s3().send(new PutObjectCommand({ Bucket: lake, Key, Body: JSON.stringify(kind) }))
    const refused = await serverless('deploy', '--package', folder)
    expect(refused.exitCode).not.toBe(0)
    expect(refused.all).toContain('the primary key is')
    const accepted = await serverless('deploy', '--package', folder, '--param', 'rebuild=online_retail')
    expect(accepted.exitCode, accepted.all).toBe(0)
    await s3().send(new DeleteObjectCommand({ Bucket: lake, Key }))
  }, 240_000)

  it('has its functions followed by what they log', async () => {
    const logs = new CloudWatchLogsClient(client())
    const logGroupName = '/aws/lambda/sluice-dev-start-batch'
    const stream = { logGroupName, logStreamName: 'one' }
    await logs.send(new CreateLogStreamCommand(stream))
    const write = (ago: number, message: string) =>
      logs.send(new PutLogEventsCommand({ ...stream, logEvents: [{ timestamp: Date.now() - ago * 1000, message }] }))
    await write(7200, 'long ago')
    await write(5, 'batch b-1 begins')
    await write(4, 'batch b-2 begins')

    const follow = execa(process.execPath, [join(root, 'cli', 'sluice.mjs'), 'logs', 'start-batch', '--follow', '--match', 'b-1'], {
      env: environment,
      reject: false,
      buffer: false,
    })
    const followed = follow.iterable()[Symbol.asyncIterator]()
    expect((await followed.next()).value).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z batch b-1 begins$/)
    await write(0, 'batch b-1 ends')
    expect((await followed.next()).value).toContain('batch b-1 ends')
    follow.kill('SIGINT')
    await followed.return?.()

    const { stdout } = await sluice(['logs', 'start-batch', '--since', '3h', '--json'], { env: environment })
    const messages = lastObject<{ lines: { message: string }[] }>(stdout).lines.map(({ message }) => message)
    expect(messages).toEqual(['long ago', 'batch b-1 begins', 'batch b-2 begins', 'batch b-1 ends'])
    const unknown = await sluice(['logs', 'start-batches'], { env: environment })
    expect([unknown.exitCode, unknown.stderr]).toEqual([2, expect.stringMatching(/no function "start-batches"; it has .*start-batch, /)])
  }, 60_000)

  it('is deleted only by who means it', async () => {
    const asked = await sluice(['destroy', '--stage', 'dev'], { env: environment })
    expect([asked.exitCode, asked.stderr]).toEqual([2, expect.stringContaining('give --yes')])
    const other = await sluice(['destroy', '--stage', 'prod', '--yes'], { env: environment })
    expect([other.exitCode, other.stderr]).toEqual([2, expect.stringContaining('there is no stack sluice-prod in us-east-1')])
  })

  it('leaves what it says and nothing else, even if nothing could be packaged by now', async () => {
    const contracts = mkdtempSync(join(tmpdir(), 'sluice-deploy-'))
    writeFileSync(join(contracts, 'orders.yml'), 'dataset: 7\n')
    environment.SLUICE_CONTRACTS_DIR = contracts
    const packaging = await serverless('package', '--package', join(contracts, 'package'))
    expect(packaging.exitCode).not.toBe(0)
    expect(packaging.all).toContain('the contracts cannot be packaged')
    const raw = (await bucketNames()).find((name) => name.includes('-raw-')) as string
    await s3().send(new PutObjectCommand({ Bucket: raw, Key: 'raw/orders/a.csv', Body: 'a' }))

    const { exitCode, stdout, stderr } = await sluice(['destroy', '--stage', 'dev', '--yes', '--json'], { env: environment })

    rmSync(contracts, { recursive: true, force: true })
    expect(exitCode, stderr).toBe(0)
    const { deleted, kept } = lastObject<{ deleted: boolean; kept: typeof leftBehind }>(stdout)
    leftBehind = kept
    expect([deleted, kept.map(({ kind }) => kind)]).toEqual([true, ['bucket', 'bucket', 'key', 'table']])
    for (const { name } of kept) expect(stderr).toContain(name)
    const named = (wanted: string) => kept.filter(({ kind }) => kind === wanted).map(({ name }) => name)
    expect((await bucketNames()).sort()).toEqual(named('bucket').sort())
    expect(await keysOf(raw)).toEqual(['raw/orders/a.csv'])
    const { TableNames } = await new DynamoDBClient(client()).send(new ListTablesCommand({}))
    expect(TableNames).toEqual(named('table'))
    expect((await new LambdaClient(client()).send(new ListFunctionsCommand({}))).Functions).toEqual([])
    expect((await new SQSClient(client()).send(new ListQueuesCommand({}))).QueueUrls ?? []).toEqual([])
  }, 240_000)

  it('is deployed again over what was kept, by the parameters that destroy names', async () => {
    delete environment.SLUICE_CONTRACTS_DIR
    const parameters = leftBehind.flatMap(({ parameter, name }) => ['--param', `${parameter}=${name}`])
    const again = mkdtempSync(join(tmpdir(), 'sluice-deploy-again-'))
    const packaging = await serverless('package', '--package', again, '--param', 'on-delete=Retain', ...parameters)
    expect(packaging.exitCode, packaging.all).toBe(0)
    expect(packaging.all).toContain('uses the existing bucket')
    const { exitCode, all } = await serverless('deploy', '--package', again)
    rmSync(again, { recursive: true, force: true })
    expect(exitCode, all).toBe(0)

    const named = (wanted: string) => leftBehind.filter(({ kind }) => kind === wanted).map(({ name }) => name)
    const raw = named('bucket').find((name) => name.includes('-raw-')) as string
    expect((await bucketNames()).filter((name) => !name.includes('deployment')).sort()).toEqual(named('bucket').sort())
    expect(await keysOf(raw)).toEqual(['raw/orders/a.csv'])
    const { TableNames } = await new DynamoDBClient(client()).send(new ListTablesCommand({}))
    expect(TableNames).toEqual(named('table'))
    const { Functions = [] } = await new LambdaClient(client()).send(new ListFunctionsCommand({}))
    const recorder = Functions.find(({ FunctionName }) => FunctionName === 'sluice-dev-record-landings')
    expect(recorder?.Environment?.Variables).toMatchObject({ RAW_BUCKET_NAME: raw, LEDGER_TABLE_NAME: named('table')[0] })
  }, 120_000)
})
