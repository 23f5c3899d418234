import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { GetTableCommand } from '@aws-sdk/client-glue'
import { ListObjectsV2Command, PutObjectCommand } from '@aws-sdk/client-s3'
import { SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Clients, createClients } from '../../laptop/aws/clients.ts'
import { type Pipeline, startPipeline } from '../../laptop/pipeline.ts'
import { lastObject, plain, sluice } from './sluice-command.ts'

// A table of which readers see each batch whole; the rules see the rows of the batch.
const CONTRACT = `
dataset: sales
owner: sales@example.com
source: { format: csv, options: { header: true }, partition_keys: [month] }
columns: { id: string, amount: "decimal(12,2)", day: date }
primary_key: [id]
latest_by: [amount]
quarantine: { rules: { negative: amount < 0 }, warn_rate: 0.9 }
quality: Rules = [ RowCount < 6, IsUnique "id" ]
curated: { partition_by: [day], format: iceberg }
`
// Keys that rows remove; their partition may change.
const PEOPLE = `
dataset: people
owner: people@example.com
source: { format: csv, options: { header: true }, partition_keys: [month] }
columns: { id: string, amount: bigint, day: date, op: string }
primary_key: [id]
latest_by: [amount]
delete_when: op = 'D'
curated: { partition_by: [day], format: iceberg }
`
// A Parquet table whose rules look into an Iceberg one.
const VISITS = `
dataset: visits
owner: people@example.com
source: { format: csv, options: { header: true }, partition_keys: [month] }
columns: { visit: string, person: string }
primary_key: [visit]
latest_by: []
quality: |
  Rules = [
    ReferentialIntegrity "person" "visitors.id" = 1.0,
    CustomSql "select count(*) from visitors where amount is null" = 0
  ]
references: { visitors: people }
`
// Computed from it, in a table of which readers see each batch whole too.
const DAYS = `
dataset: days
owner: people@example.com
gold:
  sources: { people: { rebuilds: { day: day } } }
  sql: SELECT max(id) AS id, sum(amount) AS amount, day FROM people GROUP BY day
reconcile: { amount: { gold: SELECT sum(amount) FROM days, sources: SELECT sum(amount) FROM people, whole: true } }
columns: { id: string, amount: bigint, day: date }
primary_key: [day]
curated: { partition_by: [day], format: iceberg }
`
// Its Parquet table is there when the pipeline starts.
const LEGACY = CONTRACT.replaceAll('sales', 'legacy').replace(/quality:.*\n/, '')
const LAKE = 'sluice-dev-lake-123456789012-us-east-1'
const HEADERS = { sales: 'id,amount,day', people: 'id,amount,day,op', legacy: 'id,amount,day', visits: 'visit,person', days: '' }
const folder = mkdtempSync(join(tmpdir(), 'sluice-iceberg-'))
let pipeline: Pipeline
let owner: Clients
let exports = 0

async function land(month: string, file: string, rows: string[], dataset: keyof typeof HEADERS = 'sales') {
  const path = join(folder, file, dataset, `month=${month}`, `${file}.csv`)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, `${HEADERS[dataset]}\n${rows.join('\n')}\n`)
  await pipeline.land(join(folder, file))
  await pipeline.settle()
}

interface Read {
  rows: { id: string; amount: string; day: string }[]
  elsewhere: string[]
  deletes: number
  format: number
}
async function read(dataset: keyof typeof HEADERS = 'sales'): Promise<Read & { table: Record<string, string> }> {
  const out = join(folder, `out-${++exports}`)
  await pipeline.export(out)
  const found = await plain<Read>('iceberg_table.py', join(out, 'curated', dataset))
  return { ...found, table: Object.fromEntries(found.rows.map(({ id, amount }) => [id, amount])) }
}
const command = (...words: string[]) => sluice([...words, '--stage', 'dev', '--json'])
const statuses = () => pipeline.batches().map(({ status, error }) => (status === 'SUCCEEDED' ? status : `${status}: ${error}`))

beforeAll(async () => {
  mkdirSync(join(folder, 'contracts'))
  writeFileSync(join(folder, 'contracts', 'sales.yml'), CONTRACT)
  writeFileSync(join(folder, 'contracts', 'people.yml'), PEOPLE)
  writeFileSync(join(folder, 'contracts', 'visits.yml'), VISITS)
  writeFileSync(join(folder, 'contracts', 'days.yml'), DAYS)
  writeFileSync(join(folder, 'contracts', 'legacy.yml'), LEGACY)
  pipeline = await startPipeline({ contractsDir: join(folder, 'contracts'), small: true })
  owner = createClients(pipeline.endpoint, pipeline.accessKeyId)
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: pipeline.endpoint,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: pipeline.accessKeyId,
    AWS_SECRET_ACCESS_KEY: 'test',
  })
  await land('2025-01', 'first', ['a,1,2025-01-01', 'b,2,2025-01-01', 'c,3,2025-01-02', 'bad,-1,2025-01-01'])
}, 400_000)
afterAll(async () => {
  await pipeline?.stop()
  rmSync(folder, { recursive: true, force: true })
})

it('a batch is published into a table that pyiceberg opens in its folder', async () => {
  expect(statuses()).toEqual(['SUCCEEDED'])
  const { table, elsewhere, format } = await read()
  expect(table).toEqual({ a: '1.00', b: '2.00', c: '3.00' })
  expect({ elsewhere, format }).toEqual({ elsewhere: [], format: 2 })
}, 120_000)

it('a correction adds deletes by position, and is crawled for its quarantine alone', async () => {
  const crawls = pipeline.crawls().curated
  await land('2025-01', 'second', ['a,5,2025-01-01', 'b,1,2025-01-01', 'd,4,2025-02-01'])
  const { table, deletes, elsewhere } = await read()
  expect(table).toEqual({ a: '5.00', b: '2.00', c: '3.00', d: '4.00' })
  expect(deletes).toBeGreaterThan(0)
  expect(elsewhere).toEqual([])
  expect(pipeline.crawls().curated).toBe(crawls)
}, 120_000)

it('a batch that the rules do not pass shows nothing, and the next one goes on', async () => {
  await land(
    '2025-03',
    'many',
    ['e', 'f', 'g', 'h', 'i', 'j'].map((id) => `${id},1,2025-03-01`),
  )
  expect(statuses().at(-1)).toMatch(/^FAILED: QualityGateError/)
  expect(Object.keys((await read()).table).sort()).toEqual(['a', 'b', 'c', 'd'])
  await land('2025-04', 'next', ['k,1,2025-04-01'])
  expect(statuses().at(-1)).toBe('SUCCEEDED')
  expect(Object.keys((await read()).table).sort()).toEqual(['a', 'b', 'c', 'd', 'k'])
}, 180_000)

it('rules that refer to a table before its first batch do not pass, and say so', async () => {
  await land('2025-01', 'visit-0', ['v0,p3'], 'visits')
  expect(statuses().at(-1)).toMatch(/^FAILED: QualityGateError: the rules refer to datasets that have no table yet: people\. /)
}, 120_000)

async function ingest(input: object) {
  const sfn = new SFNClient({
    endpoint: pipeline.endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: pipeline.accessKeyId, secretAccessKey: 'x' },
  })
  const stateMachineArn = 'arn:aws:states:us-east-1:123456789012:stateMachine:sluice-dev-ingest'
  await sfn.send(new StartExecutionCommand({ stateMachineArn, input: JSON.stringify({ dataset: 'sales', ...input }) }))
  await pipeline.settle()
  sfn.destroy()
  expect(statuses().at(-1)).toBe('SUCCEEDED')
}

it('a backfill of what is there changes nothing, and a replay brings back what passes', async () => {
  for (const input of [{ partitions: [{ month: '2025-01' }] }, { source: 'quarantine' }]) await ingest(input)
  expect((await read()).table).toEqual({ a: '5.00', b: '2.00', c: '3.00', d: '4.00', k: '1.00' })
}, 180_000)

it('the table is rolled back to a batch, which is recorded and told, and a backfill brings later rows again', async () => {
  type History = { batches: { batchId: string; rowsAdded: number; rowsReplaced: number; isCurrent: boolean }[]; rollbacks: object[] }
  const history = async () => lastObject<History>((await command('history', 'sales')).stdout)
  const { batches } = await history()
  expect(batches.map(({ rowsAdded, rowsReplaced, isCurrent }) => [rowsAdded, rowsReplaced, isCurrent])).toEqual([
    [1, 0, true],
    [2, 1, false],
    [3, 0, false],
  ])
  const [last, second] = batches.map(({ batchId }) => batchId)
  const preview = lastObject((await command('rollback', 'sales', '--to', second as string, '--dry-run')).stdout)
  expect(preview).toMatchObject({ plan: { to: { batchId: second }, undone: [{ batchId: last }] } })
  expect((await read()).table.k).toBe('1.00')

  const done = await command('rollback', 'sales', '--to', second as string, '--reason', 'wrong month', '--yes')
  expect(done.exitCode, done.stderr).toBe(0)
  expect((await read()).table).toEqual({ a: '5.00', b: '2.00', c: '3.00', d: '4.00' })
  expect(lastObject((await command('status', 'sales')).stdout)).toMatchObject({ datasets: [{ dataset: 'sales', table: { rows: 4 } }] })
  expect(await history()).toMatchObject({
    batches: [{ batchId: second, isCurrent: true }, {}],
    rollbacks: [{ to: second, undone: [last], reason: 'wrong month' }],
  })
  expect((await pipeline.alerts()).map(({ kind }) => kind)).toContain('rolled-back')
  expect(await command('rollback', 'sales', '--to', 'sales-no-batch', '--dry-run')).toMatchObject({
    exitCode: 2,
    stderr: expect.stringMatching(/batch sales-no-batch is not in the history of sales; it has sales-/),
  })

  await ingest({ partitions: [{ month: '2025-04' }] })
  expect((await read()).table.k).toBe('1.00')
}, 240_000)

it('a query reads the table as it is, and as it was after a batch', async () => {
  const out = join(folder, 'to-query')
  await pipeline.export(out)
  const select = ['query', 'SELECT id FROM sales ORDER BY id']
  const query = (...words: string[]) => sluice([...select, '--input', out, '--format', 'csv', ...words])
  const first = lastObject<{ batches: { batchId: string }[] }>((await command('history', 'sales')).stdout).batches.at(-1)?.batchId as string
  expect((await query()).stdout.split(/\s+/)).toEqual(['id', 'a', 'b', 'c', 'd', 'k'])
  expect((await query('--at', first)).stdout.split(/\s+/)).toEqual(['id', 'a', 'b', 'c'])
  expect(await query('--at', 'sales-7')).toMatchObject({
    exitCode: 2,
    stderr: expect.stringMatching(/is not in the history of its table; it has sales-/),
  })
  expect(await sluice([...select, '--stage', 'dev', '--at', first])).toMatchObject({
    exitCode: 2,
    stderr: expect.stringMatching(/write FROM sales FOR VERSION AS OF \d+/),
  })
}, 120_000)

it('the catalog names the table as Athena needs it, and the table is in no stack', async () => {
  const { Table } = await owner.glue.send(new GetTableCommand({ DatabaseName: 'sluice_dev', Name: 'sales' }))
  expect(Table?.Parameters).toMatchObject({
    table_type: 'ICEBERG',
    metadata_location: expect.stringMatching(/\/curated\/sales\/metadata\//),
  })
  expect(Table?.TableType).toBe('EXTERNAL_TABLE')
  expect(Table?.StorageDescriptor?.Columns?.map(({ Name }) => Name)).toEqual(['id', 'amount', 'day'])
}, 60_000)

it('status knows it', async () => {
  const status = await command('status', 'sales')
  expect(status.exitCode, status.stderr).toBeLessThan(2)
  expect(lastObject(status.stdout)).toMatchObject({ datasets: [{ dataset: 'sales' }] })
}, 60_000)

it('a compaction writes again what has deletes, and readers see the same rows', async () => {
  const before = await read()
  const dry = await command('compact', 'sales', '--dry-run')
  expect(lastObject(dry.stdout)).toEqual({
    plan: { dataFiles: 5, deleteFiles: 1, rows: 5, rowsDeleted: 1, bytes: expect.any(Number), snapshots: expect.any(Number) },
  })
  const done = await command('compact', 'sales', '--yes')
  expect(done.exitCode, done.stderr).toBe(0)
  expect(lastObject(done.stdout)).toMatchObject({ status: 'SUCCEEDED', finding: '3 files of one partition became 1, with the same 2 rows' })
  const after = await read()
  expect([after.table, after.deletes, after.elsewhere]).toEqual([before.table, 0, []])
  expect(await command('compact', 'sales', '--partition', 'day=2025-01-01', '--dry-run')).toMatchObject({
    exitCode: 2,
    stderr: expect.stringMatching(/sales is an Iceberg table, which is compacted as a whole/),
  })
}, 180_000)

it('keys that rows remove are remembered, whatever their partition is', async () => {
  await land('2025-01', 'people-1', ['p1,1,2025-01-01,U', 'p2,1,2025-01-01,U'], 'people')
  await land('2025-01', 'people-2', ['p1,3,,D', 'p2,3,,D', 'p3,1,2025-01-01,U'], 'people')
  await land('2025-01', 'people-3', ['p1,2,2025-01-02,U'], 'people')
  expect(statuses().slice(-3)).toEqual(['SUCCEEDED', 'SUCCEEDED', 'SUCCEEDED'])
  expect(Object.keys((await read('people')).table)).toEqual(['p3'])
}, 240_000)

it('gold follows them in a table of its own, whose partitions are replaced and leave', async () => {
  expect(await read('days')).toMatchObject({ table: { p3: 1 }, elsewhere: [], format: 2 })
  await land('2025-01', 'people-4', ['p4,4,2025-01-01,U', 'p5,5,2025-01-05,U'], 'people')
  expect((await read('days')).table).toEqual({ p4: 5, p5: 5 })
  await land('2025-01', 'people-5', ['p5,6,,D'], 'people')
  expect(pipeline.batches().at(-1)).toMatchObject({ dataset: 'days', status: 'SUCCEEDED' })
  expect((await read('days')).table).toEqual({ p4: 5 })
  const history = lastObject((await command('history', 'days')).stdout) as { batches: { batchId: string }[] }
  expect(history.batches).toHaveLength(4)
  const back = await command('rollback', 'days', '--to', history.batches[1]?.batchId ?? '', '--yes')
  expect(back.exitCode, back.stderr).toBe(0)
  expect((await read('days')).table).toEqual({ p4: 5, p5: 5 })
  // The next batch does not go on from there: all of it is computed.
  await land('2025-01', 'people-6', ['p3,2,2025-01-01,U'], 'people')
  expect((await read('days')).table).toEqual({ p4: 6 })
}, 240_000)

it('rules see the rows that are there now: a removed key is no parent', async () => {
  await land('2025-01', 'visit-1', ['v1,p3'], 'visits')
  expect(statuses().at(-1)).toBe('SUCCEEDED')
  await land('2025-02', 'visit-2', ['v2,p3', 'v3,p1'], 'visits')
  expect(statuses().at(-1)).toMatch(/^FAILED: QualityGateError: ReferentialIntegrity "person" "visitors\.id" = 1\.0: Value: 0\.6/)
}, 240_000)

it('a Parquet table is taken over as it is, goes back, and is taken over for good', async () => {
  const before = join(folder, 'before')
  await plain('parquet_table.py', before)
  const put = (Key: string, Body: string | Buffer) => owner.s3.send(new PutObjectCommand({ Bucket: LAKE, Key, Body }))
  const files = readdirSync(before, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.parquet'))
  for (const name of files) await put(`curated/legacy/${name}`, readFileSync(join(before, name)))
  const columns = { id: 'string', amount: 'decimal(12,2)', day: 'date' }
  await put('tables/legacy.json', JSON.stringify({ contractVersion: 'before', columns, primaryKey: ['id'], partitionBy: ['day'] }))

  await land('2025-01', 'too-early', ['a,5,2025-01-01'], 'legacy')
  expect(statuses().at(-1)).toMatch(/^FAILED: ContractChangedError.*sluice migrate legacy --to iceberg/)
  const dry = await command('migrate', 'legacy', '--to', 'iceberg', '--dry-run')
  expect(lastObject(dry.stdout), dry.stderr).toEqual({ plan: { files: 3, bytes: expect.any(Number) } })
  const migrate = async () => {
    const done = await command('migrate', 'legacy', '--to', 'iceberg', '--yes')
    expect(done.exitCode, done.stdout + done.stderr).toBe(0)
    expect(lastObject(done.stdout)).toMatchObject({
      finding: '3 files of 3 partitions belong to the Iceberg table now, with the same 4 rows',
    })
    expect((await read('legacy')).table).toEqual({ a: '1.00', b: '2.00', c: '3.00', n: '4.00' })
  }
  await migrate()
  const back = await command('migrate', 'legacy', '--to', 'parquet', '--yes')
  expect(back.exitCode, back.stderr).toBe(0)
  const { Contents = [] } = await owner.s3.send(new ListObjectsV2Command({ Bucket: LAKE, Prefix: 'curated/legacy/' }))
  expect(Contents.map(({ Key }) => Key?.slice('curated/legacy/'.length)).sort()).toEqual(files.sort())

  await migrate()
  await land('2025-01', 'later', ['a,5,2025-01-01', 'n,6,2025-01-02', 'd,7,2025-01-03'], 'legacy')
  expect(statuses().at(-1)).toBe('SUCCEEDED')
  expect(lastObject((await command('status', 'legacy')).stdout)).toMatchObject({ datasets: [{ table: { rows: 5, rowsDeleted: 2 } }] })
  // One batch has removed rows in two partitions.
  expect((await read('legacy')).table).toEqual({ a: '5.00', b: '2.00', c: '3.00', n: '6.00', d: '7.00' })
  expect(await command('migrate', 'legacy', '--to', 'parquet', '--dry-run')).toMatchObject({
    exitCode: 2,
    stderr: expect.stringMatching(/legacy cannot return to Parquet: it has published batch legacy-\S+ since/),
  })
}, 240_000)

it('no role was refused anything', () => {
  expect(pipeline.permissions().denials).toEqual([])
})
