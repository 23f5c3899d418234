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

const sum = (batches: RunResult['batches'], count: (batch: RunResult['batches'][number]) => number) =>
  batches.reduce((total, batch) => total + count(batch), 0)

it('coalesces a burst of 23 files to at most two crawls and two batches', () => {
  const [first, second] = reckoned.waves
  // The second wave's batch is the one that reads as many rows as it has; those before it are the burst's.
  const burst = result.batches.slice(0, -1)
  expect(sum(burst, (batch) => batch.rowsRead)).toBe(first?.read)
  expect(result.batches.at(-1)?.rowsRead).toBe(second?.read)
  expect(burst.length).toBeLessThanOrEqual(2)
  expect(result.crawls.raw).toBeLessThanOrEqual(4)
})

describe('counts', () => {
  it('are those of a plain calculation', () => {
    const expected = (count: (wave: Reckoned['waves'][number]) => number) => reckoned.waves.reduce((total, wave) => total + count(wave), 0)
    expect({
      read: sum(result.batches, (batch) => batch.rowsRead),
      written: sum(result.batches, (batch) => batch.rowsWritten),
      duplicates: sum(result.batches, (batch) => batch.duplicates),
      superseded: sum(result.batches, (batch) => batch.superseded),
      quarantined: sum(result.batches, (batch) => batch.quarantined),
    }).toEqual({
      read: expected((wave) => wave.read),
      written: expected((wave) => wave.written),
      duplicates: expected((wave) => wave.duplicates ?? 0),
      superseded: 0,
      quarantined: expected((wave) => wave.quarantined),
    })
  })

  it('are those of the data', () => {
    expect(sum(result.batches, (batch) => batch.rowsRead)).toBe(54_716 + 86)
    expect(sum(result.batches, (batch) => batch.quarantined)).toBe(8_945)
    expect(sum(result.batches, (batch) => batch.quarantinedByRule.missing_customer ?? 0)).toBe(8_939)
    expect(sum(result.batches, (batch) => batch.quarantinedByRule.non_positive_sale ?? 0)).toBe(5_372)
    expect(sum(result.batches, (batch) => batch.quarantinedByRule.adjustment_entry ?? 0)).toBe(6)
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
  for (const { quality } of result.batches) expect(quality).toEqual({ passed: 7, rules: 7 })
  expect(result.alerts).toEqual([{ kind: 'quarantine-rate', dataset: 'online_retail', message: expect.stringMatching(/16\.9%/) }])
})
