import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { InvokeCommand } from '@aws-sdk/client-lambda'
import { execa, type ResultPromise } from 'execa'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { createClients } from '../../laptop/aws/clients.ts'
import { downloadPrefix } from '../../laptop/pipeline/state/object-folders.ts'
import { root } from '../../setup/places.mjs'
import { startKafka } from './kafka-broker.ts'
import { lastObject, plain, sluice } from './sluice-command.ts'

const CONTRACT = `dataset: orders
owner: shop@example.com
source: { format: csv, options: { header: true }, partition_keys: [day] }
columns: { id: string, amount: int, at: timestamp }
primary_key: [id]
latest_by: [at]
quarantine: { rules: { negative: amount < 0 }, warn_rate: 0.1, halt_rate: 0.9 }
quality: Rules = [ IsUnique "id" ]
`
/** A topic is read on beside the files of the folder. */
const TAPS = `dataset: taps
owner: web@example.com
source: { kafka: { connection: events, topic: taps } }
columns: { tap_id: string, amount: int, position: { type: string, from: _stream_position } }
primary_key: [tap_id]
latest_by: [position]
quarantine: { warn_rate: 0.1, halt_rate: 0.9 }
`
const BROKERS = 'bootstrap_servers: [b1.example.com:9096]\nsecret: arn:aws:secretsmanager:us-east-1:123456789012:secret:brokers-a1b2c3\n'
vi.setConfig({ testTimeout: 600_000 })

let folder: string
let kafka: Awaited<ReturnType<typeof startKafka>>
let up: ResultPromise | undefined
let said = ''
const place = (...parts: string[]) => join(folder, ...parts)
const env = () => ({ SLUICE_UP_FOLDER: place('up') })
const ask = async <T>(...words: string[]) => lastObject<T>((await sluice([...words, '--local', '--json'], { env: env() })).stdout)
const drop = (path: string, ...rows: string[]) => {
  mkdirSync(dirname(place('landing', 'orders', path)), { recursive: true })
  writeFileSync(place('landing', 'orders', path), `id,amount,at\n${rows.join('\n')}\n`)
}
const produce = (...values: string[]) =>
  kafka.produce(
    'taps',
    values.map((value) => ({ value })),
  )

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-up-again-'))
  mkdirSync(place('contracts'))
  mkdirSync(place('connections'))
  writeFileSync(place('contracts', 'orders.yml'), CONTRACT)
  writeFileSync(place('contracts', 'taps.yml'), TAPS)
  writeFileSync(place('connections', 'events.yml'), BROKERS)
  kafka = await startKafka()
  await kafka.createTopic('taps')
}, 300_000)
afterAll(async () => {
  up?.kill('SIGINT')
  await up
  await kafka?.stop()
  rmSync(folder, { recursive: true, force: true })
})

async function start(...words: string[]): Promise<void> {
  const folders = ['--contracts', place('contracts'), '--folder', place('landing')]
  const command = [join(root, 'cli', 'sluice.mjs'), 'up', ...folders, '--connection', `events=${kafka.address}`, ...words]
  said = ''
  up = execa(process.execPath, command, { reject: false, all: true, env: env() })
  up.all?.on('data', (chunk: Buffer) => {
    said += chunk
  })
  await until(() => said.includes('Running.'))
}

/** Looks every so many milliseconds; a look that starts a command of its own should be rare, since it takes time from what it waits for. */
async function until(holds: () => boolean | Promise<boolean>, every = 500): Promise<void> {
  const began = Date.now()
  while (Date.now() - began < 150_000) {
    if (await holds()) return
    await sleep(every)
  }
  throw new Error(`it did not come to pass\n${said}`)
}

interface Batch {
  dataset: string
  status: string
  rows: { read: number; written: number; quarantined: number }
}
const batchesOf = async (name: string) => (await ask<{ batches: Batch[] }>('runs')).batches.filter(({ dataset }) => dataset === name)
const rowsReadOf = (batches: Batch[]) =>
  batches.filter(({ status }) => status === 'succeeded').reduce((sum, { rows }) => sum + rows.read, 0)
const quarantined = async (name: string) =>
  (await ask<{ datasets: { dataset: string; rows: number }[] }>('quarantine', 'list')).datasets.find(({ dataset }) => dataset === name)

/** The rows of a table in the pipeline's lake: key → amount. */
async function table(name: string): Promise<Record<string, number>> {
  const { endpoint, accessKeyId } = JSON.parse(readFileSync(place('up', 'running.json'), 'utf8'))
  const clients = createClients(endpoint, accessKeyId)
  const target = mkdtempSync(place('table-'))
  await downloadPrefix(clients.s3, 'sluice-dev-lake-123456789012-us-east-1', `curated/${name}/`, target)
  clients.destroy()
  const rows = await plain<{ id?: string; tap_id?: string; amount: number }[]>('table.py', join(target, 'curated', name))
  return Object.fromEntries(rows.map(({ id, tap_id, amount }) => [id ?? tap_id, amount]))
}

it('a pipeline goes on where it stopped, whichever way it was stopped', async () => {
  await produce('{"tap_id":"t1","amount":1}', 'no json', '{"tap_id":"t2","amount":2}')
  await start()
  drop('day=2025-01-01/first.csv', 'a,5,2025-01-01T10:00:00', 'b,-1,2025-01-01T10:00:00', 'c,6,2025-01-01T10:00:00')
  await until(() => /orders\S* succeeded/.test(said) && /taps\S* succeeded/.test(said))
  // A record that is no JSON is told, and how far the topic has landed.
  await until(() => said.includes('Alert quarantine-rate: taps'))
  expect(await quarantined('taps')).toMatchObject({ rows: 1, reasons: { malformed_record: 1 } })
  expect(await ask('status', 'taps')).toMatchObject({
    datasets: [{ stream: { stream: 'taps', shards: [{ shard: 'taps-0', landedTo: '2' }], waitingRecords: expect.any(Number) } }],
  })
  const endpoint = said.match(/endpoint +(http:\S+)/)?.[1]

  // A file and a record come while nothing runs, beside what has landed.
  up?.kill('SIGINT')
  expect((await up)?.exitCode).toBe(130)
  await produce('{"tap_id":"t1","amount":3}')
  drop('day=2025-01-02/second.csv', 'a,7,2025-01-02T10:00:00', 'd,1,2025-01-02T10:00:00')

  await start()
  expect(said).toContain('Continues where it stopped')
  expect(said.match(/endpoint +(http:\S+)/)?.[1]).toBe(endpoint)
  await until(() => said.includes('running'))
  // Cut off in the middle of the batch, with no chance to write anything.
  await sleep(2000)
  const report = said.match(/report +(http:\S+)/)?.[1] ?? ''
  expect((await fetch(report)).status).toBe(200)
  up?.kill('SIGKILL')
  await up
  // What it had started ends with it.
  await expect.poll(() => fetch(report).catch(() => 'gone'), { timeout: 20_000 }).toBe('gone')
  writeFileSync(place('contracts', 'orders.yml'), CONTRACT.replace('amount < 0', 'amount < -10'))
  drop('day=2025-01-03/third.csv', 'e,-2,2025-01-03T10:00:00')

  await start()
  // Contracts that are saved in the middle of a batch cut it off as well, and it is no failed one.
  await until(() => said.includes('running'))
  writeFileSync(place('contracts', 'orders.yml'), CONTRACT.replace('amount < 0', 'amount < -11'))
  await until(() => said.split('Running.').length === 3)
  await produce('{"tap_id":"t3","amount":4}')
  await until(async () => (await batchesOf('orders')).filter(({ status }) => status === 'succeeded').length === 3, 3000)
  await until(async () => rowsReadOf(await batchesOf('taps')) >= 5, 3000)

  expect(said).toContain('1 file landed')
  expect(said).not.toMatch(/aborted|failed/)
  expect((await batchesOf('orders')).map(({ rows }) => rows.read)).toEqual([1, 2, 3])
  expect(await quarantined('orders')).toMatchObject({ rows: 1, reasons: { negative: 1 } })
  expect(await table('orders')).toEqual({ a: 7, c: 6, d: 1, e: -2 })
  // No record was read again, and none was left out.
  expect(rowsReadOf(await batchesOf('taps'))).toBe(5)
  expect(await table('taps')).toEqual({ t1: 3, t2: 2, t3: 4 })
  // What was quarantined before passes under the rule of today.
  expect(await ask('quarantine', 'replay', 'orders')).toMatchObject({ status: 'SUCCEEDED', rows: { read: 1, written: 1 } })
  expect(await quarantined('orders')).toMatchObject({ rows: 0 })
})

it('a topic that is deleted raises one alert, and is read on once it is made again', async () => {
  const { endpoint, accessKeyId } = JSON.parse(readFileSync(place('up', 'running.json'), 'utf8'))
  const clients = createClients(endpoint, accessKeyId)
  // As often as its schedule would in hours.
  const sweep = async () => {
    const { FunctionError } = await clients.lambda.send(new InvokeCommand({ FunctionName: 'sluice-dev-sweep' }))
    expect(FunctionError).toBeUndefined()
  }
  const sweepUntil = (words: string) => until(async () => (await sweep(), said.includes(words)), 1000)
  said = ''
  await kafka.deleteTopic('taps')
  await sweepUntil('Alert stream-not-read: taps: topic taps cannot be read: ')
  await sweep()
  await kafka.createTopic('taps')
  await produce('{"tap_id":"t4","amount":5}')
  await sweepUntil('Recovered: taps: topic taps is read')
  expect(said.match(/Alert stream-not-read/g)).toHaveLength(1)
  await until(async () => rowsReadOf(await batchesOf('taps')) >= 6, 3000)
  expect(await table('taps')).toEqual({ t1: 3, t2: 2, t3: 4, t4: 5 })
  clients.destroy()
})

it('refuses a second start at once, and forgets everything with --fresh', async () => {
  const second = await sluice(['up', '--contracts', place('contracts'), '--folder', place('landing')], { env: env() })
  expect(second).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('already runs on this machine') })

  up?.kill('SIGINT')
  await up
  await start('--fresh')
  expect(await quarantined('orders')).toMatchObject({ rows: 0 })
  await until(() => said.includes('3 files landed'))
})
