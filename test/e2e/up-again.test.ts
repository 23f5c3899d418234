import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { execa, type ResultPromise } from 'execa'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { createClients } from '../../laptop/aws/clients.ts'
import { downloadPrefix } from '../../laptop/pipeline/object-folders.ts'
import { root } from '../../setup/places.mjs'
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
vi.setConfig({ testTimeout: 600_000 })

let folder: string
let up: ResultPromise | undefined
let said = ''
const place = (...parts: string[]) => join(folder, ...parts)
const env = () => ({ SLUICE_UP_FOLDER: place('up') })
const ask = async <T>(...words: string[]) => lastObject<T>((await sluice([...words, '--local', '--json'], { env: env() })).stdout)
const drop = (path: string, ...rows: string[]) => {
  mkdirSync(dirname(place('landing', 'orders', path)), { recursive: true })
  writeFileSync(place('landing', 'orders', path), `id,amount,at\n${rows.join('\n')}\n`)
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-up-again-'))
  mkdirSync(place('contracts'))
  writeFileSync(place('contracts', 'orders.yml'), CONTRACT)
})
afterAll(async () => {
  up?.kill('SIGINT')
  await up
  rmSync(folder, { recursive: true, force: true })
})

async function start(...words: string[]): Promise<void> {
  const command = [join(root, 'cli', 'sluice.mjs'), 'up', '--contracts', place('contracts'), '--folder', place('landing'), ...words]
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
  status: string
  rows: { read: number; written: number; quarantined: number }
}
const batches = async () => (await ask<{ batches: Batch[] }>('runs')).batches

/** The rows of the table in the pipeline's lake. */
async function table(): Promise<{ id: string; amount: number }[]> {
  const { endpoint, accessKeyId } = JSON.parse(readFileSync(place('up', 'running.json'), 'utf8'))
  const clients = createClients(endpoint, accessKeyId)
  const target = mkdtempSync(place('table-'))
  await downloadPrefix(clients.s3, 'sluice-dev-lake-123456789012-us-east-1', 'curated/orders/', target)
  clients.destroy()
  return plain('table.py', join(target, 'curated', 'orders'))
}

it('a pipeline goes on where it stopped, whichever way it was stopped', async () => {
  await start()
  drop('day=2025-01-01/first.csv', 'a,5,2025-01-01T10:00:00', 'b,-1,2025-01-01T10:00:00', 'c,6,2025-01-01T10:00:00')
  await until(() => said.includes('succeeded'))
  const endpoint = said.match(/endpoint +(http:\S+)/)?.[1]

  // A file comes while nothing runs, beside one that has landed.
  up?.kill('SIGINT')
  expect((await up)?.exitCode).toBe(130)
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
  await until(async () => (await batches()).filter(({ status }) => status === 'succeeded').length === 3, 3000)

  expect(said).toContain('1 file landed')
  expect(said).not.toMatch(/aborted|failed/)
  expect((await batches()).map(({ rows }) => rows.read)).toEqual([1, 2, 3])
  expect(await ask('quarantine', 'list')).toMatchObject({ datasets: [{ rows: 1, reasons: { negative: 1 } }] })
  const rows = Object.fromEntries((await table()).map(({ id, amount }) => [id, amount]))
  expect(rows).toEqual({ a: 7, c: 6, d: 1, e: -2 })
  // What was quarantined before passes under the rule of today.
  expect(await ask('quarantine', 'replay', 'orders')).toMatchObject({ status: 'SUCCEEDED', rows: { read: 1, written: 1 } })
  expect(await ask('quarantine', 'list')).toMatchObject({ datasets: [{ rows: 0 }] })
})

it('refuses a second start at once, and forgets everything with --fresh', async () => {
  const second = await sluice(['up', '--contracts', place('contracts'), '--folder', place('landing')], { env: env() })
  expect(second).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('already runs on this machine') })

  up?.kill('SIGINT')
  await up
  await start('--fresh')
  expect(await ask('quarantine', 'list')).toMatchObject({ datasets: [{ rows: 0 }] })
  await until(() => said.includes('3 files landed'))
})
