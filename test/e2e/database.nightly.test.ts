import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { gatherConnection } from '../../cli/run/local-connections.ts'
import { createClients } from '../../laptop/aws/clients.ts'
import { downloadPrefix } from '../../laptop/pipeline/state/object-folders.ts'
import { type Pipeline, startPipeline } from '../../laptop/pipeline.ts'
import { startMySql } from './mysql.ts'
import { PASSWORD, type Sql, startPostgres, USER } from './postgres.ts'
import { lastObject, plain, sluice } from './sluice-command.ts'

/** npm run test:full takes two millions. */
const ROWS = Number(process.env.SLUICE_EXTRACT_ROWS ?? 2000)
const LAG_SECONDS = 3

const CONTRACT = `
dataset: orders
owner: orders@example.com
source:
  jdbc: { connection: orders_db, table: public.orders, split: { by: order_id, parts: ${ROWS > 100_000 ? 8 : 2} }, watermark: updated_at, lag: ${LAG_SECONDS} seconds, schedule: rate(1 day) }
columns: { order_id: bigint, status: string, amount: "decimal(12,2)", updated_at: timestamp }
primary_key: [order_id]
latest_by: [updated_at]
quality: Rules = [ RowCount > 0, IsUnique "order_id" ]
`
const CONNECTION = 'url: jdbc:postgresql://orders.example.com:5432/shop\nsecret: orders-reader\n'
/** Of a MySQL, whose rows that are gone are found by comparison. */
const CUSTOMERS = `
dataset: customers
owner: orders@example.com
source: { jdbc: { connection: customers_db, table: customers, mode: full, split: { by: customer_id, parts: 2 } } }
columns: { customer_id: int, name: string, balance: "decimal(12,2)", op: { type: string, from: extract_op } }
derive: { extracted: extract_id }
primary_key: [customer_id]
latest_by: [extracted]
delete_when: op = 'D'
`
const CUSTOMERS_CONNECTION = 'url: jdbc:mysql://customers.example.com:3306/shop\nsecret: customers-reader\n'

let folder: string
let postgres: Awaited<ReturnType<typeof startPostgres>>
let mysql: Awaited<ReturnType<typeof startMySql>>
let pipeline: Pipeline
let sql: Sql
let exports = 0

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-database-'))
  for (const [name, file, text] of [
    ['datasets', 'orders.yml', CONTRACT],
    ['datasets', 'customers.yml', CUSTOMERS],
    ['connections', 'orders_db.yml', CONNECTION],
    ['connections', 'customers_db.yml', CUSTOMERS_CONNECTION],
  ] as const) {
    mkdirSync(join(folder, name), { recursive: true })
    writeFileSync(join(folder, name, file), text)
  }
  postgres = await startPostgres()
  sql = await postgres.connect()
  await sql('CREATE TABLE orders (order_id bigint PRIMARY KEY, status text, amount numeric(12,2), updated_at timestamptz)')
  await sql(`INSERT INTO orders SELECT n, 'new', n * 1.01, now() - interval '1 hour' FROM generate_series(1, ${ROWS}) n`)
  mysql = await startMySql()
  await mysql.sql('CREATE TABLE customers (customer_id int PRIMARY KEY, name varchar(40), balance decimal(12,2))')
  await mysql.sql("INSERT INTO customers SELECT seq, 'Zoë', seq * 1.01 FROM seq_1_to_500")
  pipeline = await startPipeline({
    contractsDir: join(folder, 'datasets'),
    workDir: join(folder, 'work'),
    connections: gatherConnection(`customers_db=${mysql.url}`, gatherConnection(`orders_db=${postgres.url}`)),
  })
  Object.assign(process.env, {
    ...{
      AWS_ENDPOINT_URL: pipeline.endpoint,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: pipeline.accessKeyId,
      AWS_SECRET_ACCESS_KEY: 'x',
    },
  })
}, 600_000)
afterAll(async () => {
  await pipeline?.stop()
  await postgres?.stop()
  await mysql?.stop()
  rmSync(folder, { recursive: true, force: true })
})

/** Changes rows and adds some, and has transactions that commit after others that began later; until it is told to stop. */
function startWriter(): () => Promise<number> {
  let stopped = false
  let changes = 0
  const change = (at: number) =>
    `UPDATE orders SET status = 'changed', amount = amount + 0.01, updated_at = clock_timestamp() WHERE order_id <= ${ROWS / 2} AND order_id % 97 = ${at % 97}`
  const write = async () => {
    const writer = await postgres.connect()
    for (; !stopped; changes++) {
      await writer(change(changes))
      await writer(`INSERT INTO orders VALUES (${ROWS + 1 + changes}, 'added', 1, clock_timestamp())`)
      await pause(50)
    }
  }
  const writeLate = async () => {
    const writer = await postgres.connect()
    while (!stopped) {
      await writer('BEGIN')
      await writer(`UPDATE orders SET status = 'late', updated_at = clock_timestamp() WHERE order_id = 7 + ${changes % 50}`)
      await pause(1000)
      await writer('COMMIT')
    }
  }
  const writing = Promise.all([write(), writeLate()])
  return async () => {
    stopped = true
    await writing
    return changes
  }
}

/** Between the two extracts of the MySQL. */
const CHANGES = [
  'DELETE FROM customers WHERE customer_id % 7 = 0',
  'UPDATE customers SET balance = -1 WHERE customer_id % 11 = 0',
  "INSERT INTO customers VALUES (501, 'new', NULL)",
]

const extract = () => sluice(['extract', 'orders', '--now', '--stage', 'dev', '--json'])

async function exported(): Promise<string> {
  const results = join(folder, `out-${++exports}`)
  await pipeline.export(results)
  return results
}
const contentOfTable = (results: string) => plain('checksum.py', join(results, 'curated', 'orders'))
const contentOfDatabase = async () =>
  (
    await sql(`SELECT count(*)::text AS rows, sum(('x' || substr(md5(
    order_id || '|' || status || '|' || amount || '|' || (extract(epoch FROM updated_at) * 1000000)::bigint), 1, 12))::bit(48)::bigint)::text AS total FROM orders`)
  )[0]

it('equals the table once its writer has rested, whatever was written meanwhile', async () => {
  const stop = startWriter()
  for (const turn of [1, 2]) {
    await pipeline.extract()
    await pipeline.settle()
    if (turn === 1) for (const change of CHANGES) await mysql.sql(change)
  }
  expect(await stop()).toBeGreaterThan(10)
  await expect
    .poll(() => sql(`SELECT max(updated_at) < now() - interval '${LAG_SECONDS} seconds' AS rests FROM orders`), { timeout: 20_000 })
    .toEqual([{ rests: true }])
  const third = await extract()
  expect(lastObject(third.stdout), third.stderr).toMatchObject({ status: 'SUCCEEDED', rows: expect.any(Number) })
  await pipeline.settle()

  const results = await exported()
  const inDatabase = await contentOfDatabase()
  expect(await contentOfTable(results)).toEqual(inDatabase)
  const totals =
    'SELECT CAST(COUNT(*) AS CHAR) AS n, CAST(SUM(customer_id) AS CHAR) AS ids, CAST(SUM(balance) AS CHAR) AS balance FROM customers'
  const { stdout, stderr } = await sluice(['query', totals, '--input', results, '--json'])
  expect([JSON.parse(stdout || '{}')], stderr).toEqual(await mysql.sql(totals))
  expect(pipeline.extracts().map(({ status }) => status)).toEqual(Array(5).fill('SUCCEEDED'))
  expect(new Set(pipeline.batches().map(({ status }) => status))).toEqual(new Set(['SUCCEEDED']))
  // The third read what had changed, and not the table.
  expect(lastObject<{ rows: number }>(third.stdout).rows).toBeLessThan(Number(inDatabase?.rows))
}, 900_000)

it('is shown with how far it is published', async () => {
  const { stdout } = await sluice(['status', 'orders', '--stage', 'dev', '--json'])
  const shown = lastObject<{ datasets: { extract: unknown }[] }>(stdout).datasets[0]?.extract
  const [{ upper }] = (await sql(`SELECT (max(updated_at) AT TIME ZONE 'UTC')::text AS upper FROM orders`)) as [{ upper: string }]
  expect(shown).toMatchObject({ connection: 'orders_db', publishedTo: `${upper}+00`, schedule: 'rate(1 day)', last: { status: 'landed' } })
  expect(shown).toMatchObject({ nextAt: expect.stringMatching(/^\d{4}-/) })
}, 60_000)

/** A row that the next extract finds, as old as it must be. */
const addRow = (id: number, amount = '1') =>
  sql(`INSERT INTO orders VALUES (${id}, 'back', '${amount}', clock_timestamp() - interval '${LAG_SECONDS} seconds')`)

it.each([
  [
    'a column is gone',
    ['ALTER TABLE orders RENAME COLUMN status TO state'],
    /connection orders_db: table public\.orders has no column status, which columns\.status names; it has order_id, state, /,
    ['ALTER TABLE orders RENAME COLUMN state TO status'],
  ],
  [
    'the password is another one',
    [`ALTER ROLE ${USER} PASSWORD 'another'`],
    /connection orders_db: the database refuses the user or the password; give others in --connection orders_db=/,
    [`ALTER ROLE ${USER} PASSWORD '${PASSWORD}'`],
  ],
  [
    'its watermark is NULL in every row',
    [
      'ALTER TABLE orders RENAME TO kept',
      "CREATE TABLE orders AS SELECT 1::bigint AS order_id, 'x' AS status, 1.00 AS amount, NULL::timestamptz AS updated_at",
    ],
    /connection orders_db: column updated_at of table public\.orders is NULL in every row, so it is no watermark/,
    ['DROP TABLE orders', 'ALTER TABLE kept RENAME TO orders'],
  ],
] as const)(
  'fails with a sentence and one alert when %s, and nothing is lost when that is over',
  async (_, breaks, sentence, mends) => {
    const before = (await pipeline.alerts()).length
    for (const statement of breaks) await sql(statement)
    const { exitCode, stdout } = await extract()
    expect([exitCode, lastObject(stdout)]).toEqual([1, { status: 'FAILED', error: expect.stringMatching(sentence) }])
    const alerts = (await pipeline.alerts()).slice(before)
    expect(alerts.map(({ kind, message }) => [kind, message])).toEqual([['extract-failed', expect.stringMatching(sentence)]])
    for (const statement of mends) await sql(statement)
    await addRow(-before)
    expect((await extract()).exitCode).toBe(0)
    await pipeline.settle()
    expect((await pipeline.alerts()).slice(before).map(({ kind }) => kind)).toEqual(['extract-failed', 'recovered'])
  },
  300_000,
)

it('sets aside the rows that fit no longer when a column has another type, and has them when they are corrected', async () => {
  const before = (await pipeline.alerts()).length
  await sql('ALTER TABLE orders ALTER amount TYPE text')
  await addRow(-1000, 'much')
  expect((await extract()).exitCode).toBe(0)
  await pipeline.settle()
  expect((await pipeline.alerts()).slice(before).map(({ kind }) => kind)).toEqual(['quarantine-rate'])
  const { stdout } = await sluice(['quarantine', 'list', '--stage', 'dev', '--json'])
  expect(lastObject<{ datasets: object[] }>(stdout).datasets).toContainEqual({
    dataset: 'orders',
    rows: 1,
    reasons: { 'invalid_type:amount': 1 },
  })
  await sql(`UPDATE orders SET amount = '2', updated_at = clock_timestamp() - interval '${LAG_SECONDS} seconds' WHERE order_id = -1000`)
  await sql('ALTER TABLE orders ALTER amount TYPE numeric(12,2) USING amount::numeric(12,2)')
  expect((await extract()).exitCode).toBe(0)
  await pipeline.settle()
  // What the failures above had left out is there too.
  expect(await contentOfTable(await exported())).toEqual(await contentOfDatabase())
}, 300_000)

it('fails with a sentence and one alert when the database does not answer', async () => {
  const before = (await pipeline.alerts()).length
  await mysql.stop()
  const { exitCode, stdout } = await sluice(['extract', 'customers', '--now', '--stage', 'dev', '--json'])
  const sentence = /connection customers_db: the database cannot be reached; check the url, its network and whether it runs/
  expect([exitCode, lastObject(stdout)]).toEqual([1, { status: 'FAILED', error: expect.stringMatching(sentence) }])
  const alerts = (await pipeline.alerts()).slice(before)
  expect(alerts.map(({ kind, message }) => [kind, message])).toEqual([['extract-failed', expect.stringMatching(sentence)]])
}, 300_000)

it('leaves its password in no log, plan, receipt or alert, and does nothing that a role may not', async () => {
  const clients = createClients(pipeline.endpoint, pipeline.accessKeyId)
  const plans = join(folder, 'plans')
  await downloadPrefix(clients.s3, 'sluice-dev-lake-123456789012-us-east-1', 'extracts/', plans)
  clients.destroy()
  const texts = [join(folder, 'work', 'logs'), plans].flatMap((place) =>
    readdirSync(place, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => [entry.name, readFileSync(join(entry.parentPath, entry.name), 'utf8')] as const),
  )
  texts.push(['alerts', JSON.stringify(await pipeline.alerts())])
  expect(texts.map(([name]) => name)).toEqual(expect.arrayContaining(['plan.json', 'receipt.json']))
  expect(texts.filter(([, text]) => text.includes(PASSWORD)).map(([name]) => name)).toEqual([])
  expect(pipeline.permissions().denials).toEqual([])
}, 60_000)

it('leaves nothing unused of what the roles of extracts may do, but what failures alone ask', () => {
  const { grants } = pipeline.permissions()
  const unused = grants.filter(({ role, used }) => !used && /-(PlanExtract|CloseExtract|Extract)Role$/.test(role))
  // A job that has left no receipt; an extract that has left its row behind.
  expect(unused.map(({ role, action }) => `${role.replace(/^.*-/, '')} ${action}`).sort()).toEqual([
    'CloseExtractRole s3:ListBucket',
    'PlanExtractRole states:DescribeExecution',
  ])
})
