import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { execa, type ResultPromise } from 'execa'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { root } from '../../local/setup/places.mjs'
import { lastObject, sluice } from './sluice-command.ts'

const CONTRACT = `dataset: orders
owner: shop@example.com
source: { format: csv, options: { header: true }, partition_keys: [day] }
columns: { id: string, amount: int, at: timestamp }
primary_key: [id]
latest_by: [at]
quarantine: { rules: { negative: amount < 0, large: amount > 100 }, warn_rate: 0.1, halt_rate: 0.9 }
quality: Rules = [ IsUnique "id" ]
`

// Each test starts the command several times, on machines that may be busy.
vi.setConfig({ testTimeout: 240_000 })

let folder: string
let up: ResultPromise | undefined
const place = (...parts: string[]) => join(folder, ...parts)
const local = (...words: string[]) => sluice([...words, '--local', '--json'], { env: env() })
// A pipeline of its own, beside the one that somebody may have running.
const env = () => ({ SLUICE_UP_FOLDER: place('up') })

// A pipeline that is kept running, a file dropped into its folder, and what somebody on call then asks.
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-up-test-'))
  mkdirSync(place('contracts'))
  writeFileSync(place('contracts', 'orders.yml'), CONTRACT)
  up = execa(process.execPath, [join(root, 'cli', 'sluice.mjs'), 'up', '--contracts', place('contracts'), '--folder', place('landing')], {
    reject: false,
    all: true,
    env: env(),
  })
  await until(async () => (await sluice(['status', '--local'], { env: env() })).exitCode === 0)
  mkdirSync(place('landing', 'orders', 'day=2025-01-01'), { recursive: true })
  const rows = ['a,5', 'b,-1', 'c,500', 'd,7', 'e,8'].map((row) => `${row},2025-01-01T10:00:00`)
  writeFileSync(place('landing', 'orders', 'day=2025-01-01', 'first.csv'), `id,amount,at\n${rows.join('\n')}\n`)
  await until(async () => lastObject<{ batches: { status: string }[] }>((await local('runs')).stdout).batches[0]?.status === 'succeeded')
}, 600_000)
afterAll(async () => {
  up?.kill('SIGINT')
  await up
  rmSync(folder, { recursive: true, force: true })
})

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 240; tries += 1) {
    if (await holds().catch(() => false)) return
    await sleep(1000)
  }
  up?.kill('SIGINT')
  throw new Error(`it did not come to pass\n${(await up)?.all}`)
}

it('status tells the last good batch, its rate and how fresh the table is', async () => {
  const { exitCode, stdout } = await local('status', 'orders')
  expect(exitCode).toBe(0)
  expect(lastObject(stdout)).toMatchObject({
    datasets: [
      {
        dataset: 'orders',
        waiting: { objects: 0 },
        failed: [],
        lastGood: { rows: { read: 5, written: 3, quarantined: 2 }, quarantineRate: 0.4 },
      },
    ],
  })
})

describe('quarantine', () => {
  it('is listed, shown by rule with examples and files, and exported', async () => {
    expect(lastObject((await local('quarantine', 'list')).stdout)).toEqual({
      datasets: [{ dataset: 'orders', rows: 2, reasons: { negative: 1, large: 1 } }],
    })
    const shown = lastObject<{ reasons: unknown[] }>((await local('quarantine', 'show', 'orders', '--rule', 'large')).stdout)
    expect(shown.reasons).toEqual([
      {
        reason: 'large',
        rows: 1,
        files: { [`s3://sluice-dev-raw-123456789012-us-east-1/raw/orders/day=2025-01-01/first.csv`]: 1 },
        examples: [{ id: 'c', amount: '500', at: '2025-01-01T10:00:00', day: '2025-01-01' }],
      },
    ])
    const file = place('bad.csv')
    expect(lastObject((await local('quarantine', 'export', 'orders', '--output', file)).stdout)).toEqual({ output: file, rows: 2 })
    expect(readFileSync(file, 'utf8')).toMatch(/^id,amount,at,_errors,.*\nb,-1,/)
  })

  it('says how many rows would pass under a contract that is not deployed yet', async () => {
    mkdirSync(place('fixed'))
    writeFileSync(place('fixed', 'orders.yml'), CONTRACT.replace('amount > 100', 'amount > 1000'))

    const now = await local('quarantine', 'replay', 'orders', '--dry-run')
    const fixed = await local('quarantine', 'replay', 'orders', '--dry-run', '--contracts', place('fixed'))

    expect(lastObject(now.stdout)).toEqual({ rows: 2, pass: 0, fail: 2, byReason: { negative: 1, large: 1 } })
    expect(lastObject(fixed.stdout)).toEqual({ rows: 2, pass: 1, fail: 1, byReason: { negative: 1 } })
  })

  it('can be replayed as often as one likes: what is still bad stays', async () => {
    const { exitCode, stdout, stderr } = await local('quarantine', 'replay', 'orders', '--reason', 'trying')
    expect(exitCode, stderr).toBe(0)
    expect(lastObject(stdout)).toMatchObject({ status: 'SUCCEEDED', rows: { read: 2, written: 0, quarantined: 2 } })
    expect(lastObject((await local('quarantine', 'list')).stdout)).toMatchObject({ datasets: [{ rows: 2 }] })
  })
})

it('a backfill shows its plan, then reads everything again and changes nothing', async () => {
  const { exitCode, stdout, stderr } = await local('backfill', 'orders', '--all', '--only', 'all', '--yes')
  expect(exitCode, stderr).toBe(0)
  expect(lastObject(stdout)).toMatchObject({
    plan: { partitions: 1, chunks: 1 },
    status: 'SUCCEEDED',
    report: { rows: { read: 5, written: 0, duplicates: 3, quarantined: 2 } },
  })
})

it('redrive finds nothing to do', async () => {
  expect(lastObject((await local('redrive')).stdout)).toEqual({ steps: [], messagesRemoved: 0 })
})

it('the report is one page with every batch', async () => {
  const page = place('report.html')
  expect((await sluice(['report', '--local', '--output', page], { env: env() })).exitCode).toBe(0)
  const { batches } = lastObject<{ batches: { batchId: string }[] }>((await local('runs')).stdout)
  const html = readFileSync(page, 'utf8')
  expect(batches.filter(({ batchId }) => !html.includes(batchId))).toEqual([])
})

it('what was mistyped is said with what there is', async () => {
  expect(await local('status', 'order')).toMatchObject({ exitCode: 2, stderr: expect.stringMatching(/no dataset "order"; it has orders/) })
  expect(await local('backfill', 'orders', '--all')).toMatchObject({ exitCode: 2, stderr: expect.stringMatching(/--yes or --dry-run/) })
})
