import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { ScanCommand } from '@aws-sdk/client-dynamodb'
import { DescribeExecutionCommand, ListStateMachinesCommand, SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createClients } from '../../laptop/aws/clients.ts'
import { type Pipeline, startPipeline } from '../../laptop/pipeline.ts'

const CONTRACT = `
dataset: sales
owner: sales@example.com
source: { format: csv, options: { header: true }, partition_keys: [month] }
columns: { id: string, amount: "decimal(12,2)", day: date }
primary_key: [id]
latest_by: [day]
quarantine: { rules: { negative: amount < 0 }, warn_rate: 0.9, halt_rate: 0.95 }
quality: Rules = [ RowCount > 0, IsUnique "id" ]
curated: { partition_by: [day] }
`
const folder = mkdtempSync(join(tmpdir(), 'sluice-by-hand-'))
let pipeline: Pipeline
let sfn: SFNClient
let machines: Record<string, string>

function write(path: string, text: string) {
  mkdirSync(dirname(join(folder, path)), { recursive: true })
  writeFileSync(join(folder, path), text)
}

async function execute(machine: 'ingest' | 'backfill', input: unknown) {
  const { executionArn } = await sfn.send(new StartExecutionCommand({ stateMachineArn: machines[machine], input: JSON.stringify(input) }))
  for (;;) {
    const { status, output, error, cause } = await sfn.send(new DescribeExecutionCommand({ executionArn }))
    if (status !== 'RUNNING') return { status, error, cause, output: JSON.parse(output ?? 'null') }
    await new Promise((resolve) => setTimeout(resolve, 300))
  }
}

beforeAll(async () => {
  write('contracts/sales.yml', CONTRACT)
  for (const month of ['01', '02', '03'])
    write(`input/sales/month=2025-${month}/a.csv`, `id,amount,day\n${month}a,1,2025-${month}-01\n${month}b,-1,2025-${month}-02\n`)
  pipeline = await startPipeline({ contractsDir: join(folder, 'contracts') })
  const credentials = { accessKeyId: pipeline.accessKeyId, secretAccessKey: 'any' }
  sfn = new SFNClient({ endpoint: pipeline.endpoint, region: 'us-east-1', credentials })
  const { stateMachines = [] } = await sfn.send(new ListStateMachinesCommand({}))
  machines = Object.fromEntries(stateMachines.map(({ name, stateMachineArn }) => [name?.split('-').at(-1) ?? '', stateMachineArn ?? '']))
  await pipeline.land(join(folder, 'input'))
  await pipeline.settle()
}, 300_000)
afterAll(async () => {
  await pipeline?.stop()
  rmSync(folder, { recursive: true, force: true })
})

const curated = async () => {
  const out = join(folder, `out-${Math.random()}`)
  await pipeline.export(out)
  return readdirSync(join(out, 'curated'), { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.parquet'))
}

describe('Spark on this machine', () => {
  it('has rehearsed a batch, beside the first one at the latest', async () => {
    const log = () => readFileSync(join(pipeline.workDir, 'logs', 'spark.log'), 'utf8')
    await expect.poll(log, { timeout: 60_000 }).toMatch(/rehearsed a batch in \d+\.\d s/)
  }, 120_000)
})

describe('executions that a person starts', () => {
  it('a batch over named partitions changes no existing row, and reports what it read', async () => {
    const before = await curated()
    const result = await execute('ingest', { dataset: 'sales', push_down_predicate: "month >= '2025-02'", requestedBy: 'ana' })
    expect(result).toMatchObject({
      status: 'SUCCEEDED',
      output: { source: 'raw', rows: { read: 4, written: 0, duplicates: 2, quarantined: 2 } },
    })
    expect((await curated()).length).toBe(before.length)
  }, 120_000)

  it('wrong input fails in words that name the field', async () => {
    expect(await execute('ingest', { dataset: 'sales', push_down_predicate: "month = '1' OR 1 = 1" })).toMatchObject({
      status: 'FAILED',
      error: 'InvalidInputError',
      cause: 'push_down_predicate: expected a partition key (at character 16)',
    })
  }, 60_000)

  it('a backfill has nothing to do where all is read, and everything when asked for all', async () => {
    expect(await execute('backfill', { dataset: 'sales', all: true })).toMatchObject({
      status: 'SUCCEEDED',
      output: { plan: { partitions: 0, skipped: { succeeded: 3 } }, report: { chunks: { total: 0 } } },
    })
    const all = { dataset: 'sales', from: '2025-01-15', only: 'all', chunkSize: 2, reason: 'a test' }
    expect(await execute('backfill', { ...all, dryRun: true })).toMatchObject({ output: { chunks: 2, widened: { from: '2025-01' } } })
    const done = await execute('backfill', all)
    expect(done).toMatchObject({ status: 'SUCCEEDED', output: { report: { chunks: { total: 2, succeeded: 2 }, rows: { read: 6 } } } })
    await pipeline.settle()
    expect(await execute('backfill', all)).toMatchObject({ output: { plan: { partitions: 0, skipped: { 'done-by-this-backfill': 3 } } } })
    expect((await pipeline.alerts()).map((alert) => alert.kind)).toContain('backfill-finished')
  }, 240_000)

  it('what it reads of a failed batch is done: nothing is left of that batch to run again', async () => {
    write('more/sales/month=2025-04/b.csv', 'id,amount,day\n04a,-1,2025-04-01\n04b,-2,2025-04-01\n')
    await pipeline.land(join(folder, 'more'))
    await pipeline.settle()
    expect(await ledgerStatus('raw/sales/month=2025-04/b.csv')).toBe('failed')

    // Among good rows enough of them are good.
    expect(await execute('ingest', { dataset: 'sales' })).toMatchObject({
      status: 'SUCCEEDED',
      output: { rows: { read: 8, quarantined: 5 } },
    })
    await pipeline.settle()
    expect(await ledgerStatus('raw/sales/month=2025-04/b.csv')).toBe('done')
  }, 240_000)
})

async function ledgerStatus(key: string): Promise<string | undefined> {
  const { dynamodb } = createClients(pipeline.endpoint, pipeline.accessKeyId)
  const wanted = { ExpressionAttributeValues: { ':key': { S: key } } }
  const { Items = [] } = await dynamodb.send(new ScanCommand({ TableName: 'sluice-dev-ledger', FilterExpression: 'sk = :key', ...wanted }))
  return Items[0]?.status?.S
}
