import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { InvokeCommand } from '@aws-sdk/client-lambda'
import { DeleteObjectCommand } from '@aws-sdk/client-s3'
import { DescribeExecutionCommand, ListStateMachinesCommand, StartExecutionCommand } from '@aws-sdk/client-sfn'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Clients, createClients } from '../../laptop/aws/clients.ts'
import { unusedPermissions, writePermissionReport } from '../../laptop/iam/permission-report.ts'
import { packageOnce } from '../../laptop/pipeline/package-once.ts'
import { type Pipeline, startPipeline } from '../../laptop/pipeline.ts'
import { judgeCalls } from '../gates/referee/referee.ts'
import { refusals } from './refusals.ts'
import { withoutQualityLibrary } from './without-quality-library.ts'

const CONTRACT = `
dataset: sales
owner: sales@example.com
source: { format: csv, options: { header: true }, partition_keys: [month] }
columns: { id: string, amount: "decimal(12,2)", day: date }
primary_key: [id]
latest_by: [amount]
quarantine: { rules: { negative: amount < 0 }, warn_rate: 0.3, halt_rate: 0.7 }
quality: Rules = [ RowCount > 0, IsUnique "id" ]
curated: { partition_by: [day] }
`
const folder = mkdtempSync(join(tmpdir(), 'sluice-permissions-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const wave = (name: string, months: Record<string, string[]>) => {
  for (const [month, rows] of Object.entries(months))
    write(`${name}/sales/month=${month}/${name}.csv`, `id,amount,day\n${rows.join('\n')}\n`)
}
function write(path: string, text: string) {
  mkdirSync(dirname(join(folder, path)), { recursive: true })
  writeFileSync(join(folder, path), text)
}
write('contracts/sales.yml', CONTRACT)
wave('first', { '2025-01': ['a,1,2025-01-01', 'b,-1,2025-01-01', 'c,2,2025-01-02'], '2025-02': ['d,1,2025-02-01'] })
// Existing rows are replaced, and a quarantined row is repaired.
wave('second', { '2025-01': ['a,3,2025-01-01', 'b,1,2025-01-01'] })
// Too much of it is bad.
wave('bad', { '2025-03': ['x,-1,2025-03-01', 'y,-1,2025-03-01'] })

describe('a day in the life of every role', () => {
  let pipeline: Pipeline
  let owner: Clients
  beforeAll(async () => {
    pipeline = await startPipeline({ contractsDir: join(folder, 'contracts') })
    owner = createClients(pipeline.endpoint, pipeline.accessKeyId)
    for (const input of ['first', 'second', 'bad']) {
      await pipeline.land(join(folder, input))
      await pipeline.settle()
    }
    const Bucket = 'sluice-dev-raw-123456789012-us-east-1'
    await owner.s3.send(new DeleteObjectCommand({ Bucket, Key: 'raw/sales/month=2025-03/bad.csv' }))
    await pipeline.settle()
    await execute('ingest', { dataset: 'sales', push_down_predicate: "month = '2025-01'" })
    await execute('backfill', { dataset: 'sales', from: '2025-01', only: 'all', reason: 'a test' })
    await owner.lambda.send(new InvokeCommand({ FunctionName: 'sluice-dev-sweep' }))
    await pipeline.settle()
  }, 900_000)
  afterAll(async () => {
    owner?.destroy()
    await pipeline?.stop()
  })

  async function execute(machine: string, input: unknown) {
    const { stateMachines = [] } = await owner.sfn.send(new ListStateMachinesCommand({}))
    const stateMachineArn = stateMachines.find(({ name }) => name?.endsWith(machine))?.stateMachineArn
    const { executionArn } = await owner.sfn.send(new StartExecutionCommand({ stateMachineArn, input: JSON.stringify(input) }))
    for (;;) {
      const { status, cause } = await owner.sfn.send(new DescribeExecutionCommand({ executionArn }))
      if (status !== 'RUNNING') return expect(status, cause).toBe('SUCCEEDED')
      await new Promise((resolve) => setTimeout(resolve, 200))
    }
  }

  it('needs nothing that its policies do not allow', () => {
    expect(refusals(pipeline)).toEqual([])
    const outcomes = pipeline.batches().map(({ status, error = '' }) => `${status} ${error.split(':')[0]}`)
    expect(outcomes.filter((outcome) => outcome !== 'SUCCEEDED ')).toEqual(['FAILED QuarantineRateError'])
  })

  it("makes no call that AWS's own service models would refuse", async () => {
    const calls = pipeline.permissions().calls.map(({ role, ...call }) => ({ ...call, where: `${role}: ${call.operation}` }))
    expect((await judgeCalls(calls)).problems).toEqual([])
    for (const service of ['glue', 'dynamodb', 'sqs', 'states']) expect(calls.map((call) => call.service)).toContain(service)
  })

  it('leaves nothing unused, but what infra/exceptions.yml gives a reason for', () => {
    const { grants } = pipeline.permissions()
    writePermissionReport(grants)
    const { unjustified, pointless } = unusedPermissions(grants)
    expect(unjustified).toEqual([])
    expect(pointless).toEqual([])
  })
})

describe('a role that lacks a permission', () => {
  let pipeline: Pipeline
  beforeAll(async () => {
    const original = await packageOnce(join(folder, 'contracts'))
    pipeline = await startPipeline({
      contractsDir: join(folder, 'contracts'),
      packageFolder: withoutQualityLibrary(original, join(folder, 'package')),
    })
    await pipeline.land(join(folder, 'first'))
    await pipeline.settle()
  }, 600_000)
  afterAll(() => pipeline?.stop())

  it("fails the batch, whose cause has AWS's own words", () => {
    expect(pipeline.batches()).toEqual([
      expect.objectContaining({
        status: 'FAILED',
        error: expect.stringMatching(
          /QualityGateError.*LAUNCH ERROR \| Error downloading from S3 for bucket: aws-glue-ml-data-quality-assets-/s,
        ),
      }),
    ])
    expect(pipeline.permissions().denials).toEqual([
      expect.objectContaining({ role: expect.stringContaining('QualityRole'), action: 's3:GetObject' }),
    ])
  })
})
