import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { CloudFormationClient, ListStacksCommand } from '@aws-sdk/client-cloudformation'
import { LambdaClient, ListFunctionsCommand } from '@aws-sdk/client-lambda'
import { GetObjectCommand, ListBucketsCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { packageOnce } from '../../infra/package-once.ts'
import { readPackage } from '../../infra/packaged.ts'
import { type MotoServer, startMoto } from '../../local/aws/moto.ts'
import { root } from '../../local/setup/places.mjs'

// The framework's own path to AWS, against moto: it skips what it does not know (Glue, policies), so this proves deploy,
// upload and remove, not the resources.
let moto: MotoServer
let folder: string
let environment: Record<string, string>
beforeAll(async () => {
  moto = await startMoto()
  folder = await packageOnce()
  environment = {
    AWS_ENDPOINT_URL: `http://127.0.0.1:${moto.port}`,
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_REGION: 'us-east-1',
  }
})
afterAll(() => moto?.stop())

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

describe('deploy --package, then remove', () => {
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

  it('leaves nothing of the deployment behind, even if nothing could be packaged by now', async () => {
    const contracts = mkdtempSync(join(tmpdir(), 'sluice-deploy-'))
    writeFileSync(join(contracts, 'orders.yml'), 'dataset: 7\n')
    environment.SLUICE_CONTRACTS_DIR = contracts
    const packaging = await serverless('package', '--package', join(contracts, 'package'))
    expect(packaging.exitCode).not.toBe(0)
    expect(packaging.all).toContain('the contracts cannot be packaged')
    const { exitCode, all } = await serverless('remove')
    rmSync(contracts, { recursive: true, force: true })
    expect(exitCode, all).toBe(0)
    expect((await bucketNames()).filter((name) => name.includes('deployment'))).toEqual([])
  }, 240_000)
})
