import { describe, expect, it } from 'vitest'
import { type CostedBatch, datasetCost } from '../../../cli/cost/dataset-cost.ts'
import { type CostedExtract, extractCost } from '../../../cli/cost/extract-cost.ts'
import { costOf } from '../../../cli/report/model/batch-cost.ts'
import { NOW, syntheticDataset } from '../../browser/synthetic-facts.ts'

const period = (days: number) => ({ days, since: '', now: NOW })
const DAY_MS = 86_400_000
const ago = (days: number) => new Date(NOW.getTime() - days * DAY_MS).toISOString()
const BATCH = syntheticDataset('orders', 1).batches[0] as CostedBatch
const compaction = (): CostedBatch => {
  const { trace, manifest } = BATCH
  if (!trace || !manifest) throw new Error('the synthetic batch has both')
  return {
    ...BATCH,
    source: 'curated',
    quality: null,
    manifest: { ...manifest, input: { files: 0, bytes: 0 }, rows: { read: 0, written: 0, duplicates: 0, superseded: 0, quarantined: 0 } },
    trace: { ...trace, crawls: 0, steps: trace.steps.filter(({ name }) => name !== 'Judge quality') },
  }
}

describe('what a dataset has cost', () => {
  it('is the sum of what the report says of its batches, each step by its own', () => {
    const { batches } = syntheticDataset('orders', 30)
    const { dollars, used, batches: counts } = datasetCost('orders', batches, ago(30), period(30))
    for (const part of ['curate', 'quality', 'crawls', 'orchestration', 'total'] as const) {
      const reported = batches.reduce((sum, batch) => sum + (costOf(batch)?.[part] ?? 0), 0)
      expect(dollars[part], part).toBeCloseTo(reported, 2)
    }
    expect(counts).toEqual({ costed: 30, failed: 0, running: 0, unknown: 0 })
    expect(used).toMatchObject({
      curateDpuSeconds: { standard: 30 * 5 * 170, flex: 0 },
      qualityDpuSeconds: 30 * 5 * 60,
      crawls: 60,
      transitions: 1200,
      functionCalls: 420,
      landings: 30,
    })
  })

  it('is divided by batches, by what they read and by the days of a month', () => {
    const cost = datasetCost('orders', [BATCH, BATCH], ago(60), period(15))
    const { total } = cost.dollars
    const { bytes, rows } = cost.read
    expect(cost.dollarsPerBatch).toBeCloseTo(total / 2, 3)
    expect(cost.dollarsPerGigabyte).toBeCloseTo((total / bytes) * 1e9, 3)
    expect(cost.dollarsPerMillionRows).toBeCloseTo((total / rows) * 1e6, 3)
    expect(cost).toMatchObject({ projectedFromDays: 15, dollarsPerMonth: expect.closeTo(2 * total, 3) })
  })

  it('shows no price per GB or million rows when there are too few', () => {
    const manifest = BATCH.manifest && { ...BATCH.manifest, input: { files: 1, bytes: 999_999 } }
    expect(datasetCost('orders', [{ ...BATCH, manifest }], ago(1), period(1))).toMatchObject({
      dollarsPerGigabyte: null,
      dollarsPerMillionRows: expect.any(Number),
    })
  })

  it('is projected from the days that the dataset has had, and never from less than one', () => {
    expect(datasetCost('orders', [BATCH], ago(3), period(30)).projectedFromDays).toBe(3)
    expect(datasetCost('orders', [BATCH], ago(0.01), period(30)).projectedFromDays).toBe(1)
    expect(datasetCost('orders', [BATCH], ago(300), period(30)).projectedFromDays).toBe(30)
  })

  it('counts a compaction, which reads nothing anew and crawls nothing', () => {
    const alone = datasetCost('orders', [compaction()], ago(1), period(1))
    expect(alone.dollars).toMatchObject({ crawls: 0, quality: 0, curate: expect.closeTo(0.1039, 4) })
    expect(alone).toMatchObject({ dollarsPerGigabyte: null, dollarsPerMillionRows: null })
    const both = datasetCost('orders', [BATCH, compaction()], ago(1), period(1))
    expect(both.read).toEqual(datasetCost('orders', [BATCH], ago(1), period(1)).read)
  })

  it('bills a job run by what Glue says of it, and flexible capacity at its own price', () => {
    const trace = BATCH.trace && { ...BATCH.trace, jobRuns: [{ workerType: 'G.2X', workers: 4, flex: true, seconds: 90, dpuSeconds: 600 }] }
    const { used, dollars } = datasetCost('orders', [{ ...BATCH, trace }], ago(1), period(1))
    expect(used.curateDpuSeconds).toEqual({ standard: 0, flex: 600 })
    expect(dollars.curate).toBeCloseTo((600 / 3600) * 0.29, 4)
  })

  it('says how much went into batches that failed', () => {
    const cost = datasetCost('orders', [BATCH, { ...BATCH, status: 'failed' }], ago(1), period(1))
    expect(cost.batches.failed).toBe(1)
    expect(cost.failedDollars).toBeCloseTo(cost.dollars.total / 2, 3)
  })

  it('leaves out, and counts, batches that still run or are forgotten', () => {
    const running = { ...BATCH, status: 'running' as const }
    const cost = datasetCost('orders', [BATCH, running, { ...BATCH, trace: null }], ago(1), period(1))
    expect(cost.batches).toEqual({ costed: 1, failed: 0, running: 1, unknown: 1 })
    expect(cost.dollars.total).toBeCloseTo(costOf(BATCH)?.total ?? 0, 4)
  })

  it('is nothing where nothing ran, and has no ratios', () => {
    const cost = datasetCost('orders', [], undefined, period(30))
    expect(cost.dollars.total).toBe(0)
    expect(cost).toMatchObject({ dollarsPerBatch: null, dollarsPerGigabyte: null, dollarsPerMillionRows: null, dollarsPerMonth: null })
  })
})

describe('what extracts have cost', () => {
  const { trace } = BATCH
  const extract = (given: Partial<CostedExtract> = {}): CostedExtract => ({
    ...{ status: 'landed', startedAt: ago(1), rows: 500, objects: ['a', 'b'], trace: trace && { ...trace, crawls: 0 } },
    ...given,
  })

  it('is that of their job runs, calls and transitions, failed ones too', () => {
    const cost = extractCost([extract(), extract({ status: 'failed', rows: undefined, objects: undefined })], ago(60), period(15))
    expect(cost).toMatchObject({ costed: 2, failed: 1, running: 0, unknown: 0, rows: 500, dpuSeconds: { standard: 2 * 5 * 170, flex: 0 } })
    const job = (2 * 5 * 170 * 0.44) / 3600
    expect(cost.dollars).toBeGreaterThan(job)
    expect(cost.dollars).toBeLessThan(job * 1.05)
    expect(cost.dollarsPerMonth).toBeCloseTo(2 * cost.dollars, 3)
  })

  it('leaves out those that run, and those that Step Functions has forgotten', () => {
    const cost = extractCost([extract({ status: 'running' }), extract({ trace: null })], ago(1), period(30))
    expect(cost).toMatchObject({ costed: 0, running: 1, unknown: 1, dollars: 0, dollarsPerMonth: null })
  })
})
