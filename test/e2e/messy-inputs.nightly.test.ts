import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { RunResult } from '../../cli/run/run-result.ts'
import { startKafka } from './kafka-broker.ts'
import { CLICKS, CLICKS_READ, MALFORMED, writeClicks } from './plain/clicks.ts'
import { MALFORMED_TAPS, RECORDS, TAPS, TOPIC, writeTaps } from './plain/taps.ts'
import { lastObject, plain, sluice } from './sluice-command.ts'

interface Expected {
  rows: Record<string, unknown>[]
  reasons: Record<string, number>
  waves: { read: number; quarantined: number }[]
}
const GOLD = ['orders_by_day', 'shop_totals']
const KEYS: Record<string, string> = { orders: 'order_id', events: 'event_id', products: 'sku' }

let folder: string
let kafka: Awaited<ReturnType<typeof startKafka>>
let expected: Record<string, Expected>
let run: { exitCode: number | undefined; stderr: string }
let result: RunResult

// CSV, JSON and Parquet at once, in two waves, with everything that files do in real life (plain/messy_inputs.py).
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-messy-'))
  await plain('messy_inputs.py', folder)
  writeClicks(folder)
  writeTaps(folder)
  kafka = await startKafka()
  await kafka.createTopic(TOPIC, 2)
  await kafka.produce(TOPIC, RECORDS)
  expected = await plain('calculation.py', folder)
  const place = (name: string) => join(folder, name)
  const inputs = ['--input', place('wave-1'), '--input', place('wave-2'), '--connection', `events=${kafka.address}`]
  const { stdout, ...rest } = await sluice(['run', '--contracts', place('contracts'), ...inputs, '--output', place('out'), '--json'])
  run = rest
  if (rest.exitCode !== 0) throw new Error(`sluice run ended with ${rest.exitCode}\n${rest.stderr}\n${stdout}`)
  result = lastObject(stdout)
}, 600_000)
afterAll(async () => {
  await kafka?.stop()
  rmSync(folder, { recursive: true, force: true })
})

it('succeeds', () => {
  expect(run.exitCode).toBe(0)
  expect(new Set(result.batches.map(({ status }) => status))).toEqual(new Set(['SUCCEEDED']))
})

describe.each(Object.keys(KEYS))('%s', (dataset) => {
  it('gives row for row what a plain calculation gives', async () => {
    const key = KEYS[dataset] ?? ''
    const rows = await plain<Record<string, unknown>[]>('table.py', join(folder, 'out', 'curated', dataset))
    expect(rows.sort((a, b) => (String(a[key]) < String(b[key]) ? -1 : 1))).toEqual(expected[dataset]?.rows)
  })

  it('sets aside exactly the bad rows, each with all its reasons', async () => {
    const rows = await plain<{ _errors: string[]; _source_file: string }[]>('table.py', join(folder, 'out', 'quarantine', dataset))
    const reasons: Record<string, number> = {}
    for (const reason of rows.flatMap((row) => row._errors)) reasons[reason] = (reasons[reason] ?? 0) + 1
    expect(reasons).toEqual(expected[dataset]?.reasons)
    expect(rows).toHaveLength(expected[dataset]?.waves.reduce((sum, wave) => sum + wave.quarantined, 0) ?? 0)
    expect(rows.filter((row) => !/^s3:\/\/.+/.test(row._source_file))).toEqual([])
  })

  it('counts every row once', () => {
    const batches = result.batches.filter((batch) => batch.dataset === dataset)
    const sum = (count: (batch: RunResult['batches'][number]) => number) => batches.reduce((total, batch) => total + count(batch), 0)
    const waves = expected[dataset]?.waves ?? []
    expect(sum((batch) => batch.rowsRead)).toBe(waves.reduce((total, wave) => total + wave.read, 0))
    expect(sum((batch) => batch.quarantined)).toBe(waves.reduce((total, wave) => total + wave.quarantined, 0))
    for (const batch of batches) {
      expect(batch.rowsRead).toBe(batch.rowsWritten + batch.duplicates + batch.superseded + batch.quarantined)
      expect(batch.quarantineRate).toBeCloseTo(batch.quarantined / batch.rowsRead, 10)
    }
    // Two waves, each of at most two batches.
    expect(batches.length).toBeGreaterThanOrEqual(2)
    expect(batches.length).toBeLessThanOrEqual(4)
  })
})

describe('a topic of Kafka', () => {
  it('gives the newest row of each key, numbers as the producer wrote them, with key, offset and time', async () => {
    const rows = await plain<Record<string, string>[]>('table.py', join(folder, 'out', 'curated', 'taps'))
    const shown = rows.map((row) =>
      ['tap_id', 'amount', 'user', 'offset', 'position', 'produced_at', 'trace', 'raw'].map((name) => row[name]),
    )
    expect(shown.sort()).toEqual(TAPS)
  })

  it('has its malformed records in quarantine, with their bytes and positions, and counts every record once', async () => {
    const rows = await plain<{ _errors: string[]; _raw_record: string }[]>('table.py', join(folder, 'out', 'quarantine', 'taps'))
    const malformed = rows
      .filter(({ _errors }) => _errors.includes('malformed_record'))
      .map(({ _raw_record }) => JSON.parse(_raw_record)[0])
    expect(malformed.map(({ _stream_position, _bytes }) => [_stream_position, _bytes]).sort()).toEqual(MALFORMED_TAPS)
    expect(rows.map(({ _errors }) => _errors).filter(([error]) => error !== 'malformed_record')).toEqual([['invalid_type:amount']])
    const batches = result.batches.filter(({ dataset }) => dataset === 'taps')
    expect(batches.reduce((sum, { rowsRead }) => sum + rowsRead, 0)).toBe(RECORDS.length)
  })
})

describe('a stream', () => {
  it('gives the newest row of each key, numbers as the producer wrote them', async () => {
    const rows = await plain<Record<string, string>[]>('table.py', join(folder, 'out', 'curated', 'clicks'))
    expect(rows.map(({ click_id, amount }) => [click_id, amount]).sort()).toEqual(CLICKS)
    for (const { position, sequence, arrived_at: arrivedAt } of rows) {
      expect(position).toMatch(/^shardId-000000000000:\d{56}$/)
      expect(sequence).toMatch(/^\d{129}$/)
      expect(Math.abs(Date.parse(`${arrivedAt}Z`) - Date.now())).toBeLessThan(3_600_000)
    }
  })

  it('has its malformed records in quarantine, with their bytes and positions', async () => {
    const rows = await plain<{ _errors: string[]; _raw_record: string }[]>('table.py', join(folder, 'out', 'quarantine', 'clicks'))
    const malformed = rows
      .filter(({ _errors }) => _errors.includes('malformed_record'))
      .map(({ _raw_record }) => JSON.parse(_raw_record)[0])
    expect(malformed.map(({ _bytes }) => _bytes).sort()).toEqual([...MALFORMED].sort())
    for (const { _stream_position } of malformed) expect(_stream_position).toMatch(/^shardId-000000000000:\d+$/)
    expect(rows.filter(({ _errors }) => _errors.includes('invalid_type:amount'))).toHaveLength(1)
  })

  it('has every record counted once, and no unknown column for what the lander adds', () => {
    const batches = result.batches.filter(({ dataset }) => dataset === 'clicks')
    for (const { batchId } of batches) {
      const manifest = JSON.parse(readFileSync(join(folder, 'out', 'runs', 'clicks', batchId, 'manifest.json'), 'utf8'))
      expect(manifest.drift.unknown).toEqual({})
    }
    expect(batches.reduce((sum, { rowsRead }) => sum + rowsRead, 0)).toBe(CLICKS_READ)
  })
})

it('sends an alert for every dataset with more bad rows than it may have', () => {
  const alerted = result.alerts.filter(({ kind }) => kind === 'quarantine-rate').map(({ dataset }) => dataset)
  expect(new Set(alerted)).toEqual(new Set(['orders', 'events', 'products', 'clicks', 'taps']))
  for (const { message } of result.alerts) expect(message).toMatch(/\S/)
})

it('leaves what each batch did beside the tables', () => {
  for (const { dataset, batchId } of result.batches) {
    expect(readdirSync(join(folder, 'out', 'runs', dataset, batchId))).toEqual(expect.arrayContaining(['manifest.json', 'plan.json']))
  }
  expect(result.crawls.raw).toBeGreaterThanOrEqual(5)
  // Partitions of a gold table and of a stream are registered as they are published.
  const crawled = result.batches.filter(({ dataset }) => ![...GOLD, 'clicks', 'taps'].includes(dataset))
  expect(result.crawls.curated).toBeGreaterThanOrEqual(crawled.length)
})

describe('gold', () => {
  it('runs once a wave, after all that it is made of', () => {
    const order = result.batches.map(({ dataset }) => dataset)
    for (const dataset of GOLD) expect(order.filter((each) => each === dataset)).toHaveLength(2)
    for (const [gold, sources] of [
      ['orders_by_day', ['orders']],
      ['shop_totals', ['orders_by_day', 'events']],
    ] as const) {
      const [first, second] = order.flatMap((dataset, index) => (dataset === gold ? [index] : [])) as [number, number]
      for (const source of sources) {
        expect(order.indexOf(source), `${source} before the first ${gold}`).toBeLessThan(first)
        expect(order.lastIndexOf(source), `${source} before the last ${gold}`).toBeLessThan(second)
      }
    }
  })

  it('equals a plain calculation over the rows of its sources', async () => {
    const byDay = new Map<string, { orders: number; amount: number }>()
    for (const { order_date, status, amount } of expected.orders?.rows ?? []) {
      const key = `${String(order_date).slice(0, 10)} ${status ?? 'none'}`
      const before = byDay.get(key) ?? { orders: 0, amount: 0 }
      byDay.set(key, { orders: before.orders + 1, amount: before.amount + Math.round(Number(amount ?? 0) * 100) })
    }
    const rows = await plain<Record<string, unknown>[]>('table.py', join(folder, 'out', 'curated', 'orders_by_day'))
    const found = rows.map(({ order_date, status, orders, amount }) => [
      `${order_date} ${status}`,
      { orders, amount: Math.round(Number(amount ?? 0) * 100) },
    ])
    expect(new Map(found as never)).toEqual(byDay)
    const totals = await plain<Record<string, unknown>[]>('table.py', join(folder, 'out', 'curated', 'shop_totals'))
    const counts = Object.fromEntries(totals.map(({ what, count }) => [what, count]))
    expect(counts).toEqual({ orders: expected.orders?.rows.length, events: expected.events?.rows.length })
  })

  it('counts the rows that the query returned, and tells how it was reconciled', () => {
    const last = result.batches.findLast(({ dataset }) => dataset === 'orders_by_day')
    expect(last).toMatchObject({ rowsRead: last?.rowsWritten, quarantined: 0, quality: { passed: 2, rules: 2 } })
    const manifest = JSON.parse(readFileSync(join(folder, 'out', 'runs', 'orders_by_day', last?.batchId ?? '', 'manifest.json'), 'utf8'))
    expect(manifest.gold.reconciled.amount.gold).toBe(manifest.gold.reconciled.amount.sources)
  })
})
