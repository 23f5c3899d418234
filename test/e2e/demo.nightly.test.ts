import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { RunResult } from '../../cli/run/run-result.ts'
import { stateFolder } from '../../setup/places.mjs'
import { lastObject, plain, sluice } from './sluice-command.ts'

interface Reckoned {
  waves: { files: number; read: number; written: number; duplicates?: number; quarantined: number; reasons: Record<string, number> }[]
  rows: Record<string, unknown>[]
}

let folder: string
let result: RunResult
let reckoned: Reckoned

// The demo as people run it, over all 54,716 invoices.
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-demo-'))
  const { exitCode, stdout, stderr } = await sluice(['demo', '--output', join(folder, 'out'), '--json'])
  if (exitCode !== 0) throw new Error(`the demo ended with ${exitCode}\n${stderr}`)
  result = lastObject(stdout)
  const files = join(stateFolder, 'demo', 'files')
  reckoned = await plain('retail.py', join(files, 'wave-1'), join(files, 'wave-2'))
}, 600_000)
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Those of the invoices; the tables that are made of them have batches of their own. */
const invoices = () => result.batches.filter(({ dataset }) => dataset === 'online_retail')
const sum = (batches: RunResult['batches'], count: (batch: RunResult['batches'][number]) => number) =>
  batches.reduce((total, batch) => total + count(batch), 0)

it('coalesces a burst of 23 files to at most two crawls and two batches', () => {
  const [first, second] = reckoned.waves
  // The second wave's batch is the one that reads as many rows as it has; those before it are the burst's.
  const burst = invoices().slice(0, -1)
  expect(sum(burst, (batch) => batch.rowsRead)).toBe(first?.read)
  expect(invoices().at(-1)?.rowsRead).toBe(second?.read)
  expect(burst.length).toBeLessThanOrEqual(2)
  expect(result.crawls.raw).toBeLessThanOrEqual(4)
})

describe('counts', () => {
  it('are those of a plain calculation', () => {
    const expected = (count: (wave: Reckoned['waves'][number]) => number) => reckoned.waves.reduce((total, wave) => total + count(wave), 0)
    expect({
      read: sum(invoices(), (batch) => batch.rowsRead),
      written: sum(invoices(), (batch) => batch.rowsWritten),
      duplicates: sum(invoices(), (batch) => batch.duplicates),
      superseded: sum(invoices(), (batch) => batch.superseded),
      quarantined: sum(invoices(), (batch) => batch.quarantined),
    }).toEqual({
      read: expected((wave) => wave.read),
      written: expected((wave) => wave.written),
      duplicates: expected((wave) => wave.duplicates ?? 0),
      superseded: 0,
      quarantined: expected((wave) => wave.quarantined),
    })
  })

  it('are those of the data', () => {
    expect(sum(invoices(), (batch) => batch.rowsRead)).toBe(54_716 + 86)
    expect(sum(invoices(), (batch) => batch.quarantined)).toBe(8_945)
    expect(sum(invoices(), (batch) => batch.quarantinedByRule.missing_customer ?? 0)).toBe(8_939)
    expect(sum(invoices(), (batch) => batch.quarantinedByRule.non_positive_sale ?? 0)).toBe(5_372)
    expect(sum(invoices(), (batch) => batch.quarantinedByRule.adjustment_entry ?? 0)).toBe(6)
  })
})

it('leaves the table that a plain calculation gives, row for row', async () => {
  const rows = await plain<Record<string, unknown>[]>('table.py', join(folder, 'out', 'curated', 'online_retail'))
  expect(rows).toHaveLength(44_870)
  rows.sort((a, b) => (String(a.invoice_id) < String(b.invoice_id) ? -1 : 1))
  expect(rows).toEqual(reckoned.rows)
})

it('keeps every quarantined row as it was read', async () => {
  const rows = await plain<Record<string, unknown>[]>('table.py', join(folder, 'out', 'quarantine', 'online_retail'))
  expect(rows).toHaveLength(8_945)
  expect(rows.filter(({ invoice_id }) => invoice_id === 'A506401')).toEqual([
    expect.objectContaining({
      invoice_date: '4/29/10 13:36',
      total_price: '-53594.36',
      customer_id: null,
      _errors: expect.arrayContaining(['missing_customer', 'adjustment_entry']),
      delivered: '2010-05-01',
    }),
  ])
})

it('passes every quality rule and alerts people of the quarantine rate once', () => {
  for (const { quality } of invoices()) expect(quality).toEqual({ passed: 7, rules: 7 })
  expect(result.alerts).toEqual([{ kind: 'quarantine-rate', dataset: 'online_retail', message: expect.stringMatching(/16\.9%/) }])
})

describe('gold', () => {
  /** `12.30` → 1230n: sums to the penny. */
  const pence = (price: unknown) => BigInt(String(price).replace('.', ''))
  const pounds = (sum: bigint) =>
    `${sum < 0n ? '-' : ''}${String(sum < 0n ? -sum : sum)
      .padStart(3, '0')
      .replace(/..$/, '.$&')}`
  const table = (name: string) => plain<Record<string, unknown>[]>('table.py', join(folder, 'out', 'curated', name))
  const rowsOf = (...keys: string[]) => {
    const groups = new Map<string, Record<string, unknown>[]>()
    for (const row of reckoned.rows) {
      const key = keys.map((name) => row[name]).join('|')
      const group = groups.get(key)
      if (group) group.push(row)
      else groups.set(key, [row])
    }
    return groups
  }

  it('has the revenue of each month, at home and abroad, that a plain calculation gives', async () => {
    const expected = [...rowsOf('invoice_month', 'domestic_sale')].map(([key, rows]) => {
      const [invoice_month = '', domestic = ''] = key.split('|')
      const market = domestic === 'true' ? 'United Kingdom' : 'abroad'
      const revenue = pounds(rows.reduce((total, row) => total + pence(row.total_price), 0n))
      return { market, invoices: rows.length, revenue, invoice_month }
    })
    const byMonth = (one: object, other: object) => (JSON.stringify(one) < JSON.stringify(other) ? -1 : 1)
    expect((await table('monthly_revenue')).sort(byMonth)).toEqual(expected.sort(byMonth))
  })

  it('has the running total of each customer, invoice by invoice', async () => {
    const expected = new Map<unknown, string>()
    for (const rows of rowsOf('customer').values()) {
      let spent = 0n
      const order = (row: Record<string, unknown>) => `${row.invoice_date}|${row.invoice_id}`
      for (const row of rows.toSorted((one, other) => (order(one) < order(other) ? -1 : 1))) {
        spent += pence(row.total_price)
        expected.set(row.invoice_id, pounds(spent))
      }
    }
    const found = (await table('customer_totals')).map(({ invoice_id, spent }) => [invoice_id, spent] as const)
    expect(new Map(found)).toEqual(expected)
    expect(found).toHaveLength(44_870)
  })

  it('is computed once a wave, in the second for the changed customers alone', () => {
    const of = (name: string) => result.batches.filter(({ dataset }) => dataset === name)
    expect(of('monthly_revenue').map(({ status }) => status)).toEqual(['SUCCEEDED', 'SUCCEEDED'])
    const [first, second] = of('customer_totals')
    expect(first?.rowsWritten).toBeGreaterThan(second?.rowsWritten ?? Number.POSITIVE_INFINITY)
    expect(second?.rowsWritten).toBeGreaterThan(0)
  })
})
