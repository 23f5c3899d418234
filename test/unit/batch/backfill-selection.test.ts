import { describe, expect, it } from 'vitest'
import { backfillId, parseBackfillInput, planChunks } from '../../../functions/domain/backfill/backfill.ts'
import { coverageOf, skipReason } from '../../../functions/domain/backfill/coverage.ts'
import type { BatchPlan } from '../../../functions/domain/batch/plan.ts'
import { estimateBackfill } from '../../../functions/domain/cost/estimate.ts'
import { selectRange } from '../../../functions/domain/partition/range.ts'
import { ordersContract } from './fixtures.ts'

const months = ['2024-12', '2025-01', '2025-02', '2025-03'].map((month) => ({ month }))
const days = ['2025-01-30', '2025-01-31', '2025-02-01'].map((day) => ({ region: 'eu', day }))
const parts = [
  ['2024', '9'],
  ['2024', '12'],
  ['2025', '1'],
  ['2025', '10'],
].map(([year = '', month = '']) => ({ year, month }))

describe('a range of dates', () => {
  it.each([
    ['months between days', months, ['month'], '2025-01-15', '2025-02-01', ['2025-01', '2025-02'], { from: '2025-01', to: '2025-02' }],
    ['months from a month', months, ['month'], '2025-02', undefined, ['2025-02', '2025-03'], null],
    ['months of a year', months, ['month'], '2025', '2025', ['2025-01', '2025-02', '2025-03'], null],
    ['days below a region', days, ['region', 'day'], '2025-01-31', '2025-02', ['2025-01-31', '2025-02-01'], null],
    ['none', months, ['month'], '2026', undefined, [], null],
  ])('takes %s', (_, partitions, keys, from, to, expected, widened) => {
    const range = selectRange(partitions as Record<string, string>[], keys, from, to)
    expect(range.selected.map((partition) => partition[keys.at(-1) ?? ''])).toEqual(expected)
    expect(range.widened).toEqual(widened)
  })

  it('reads numbers as numbers across several keys', () => {
    const { selected } = selectRange(parts, ['year', 'month'], '2024-10', '2025-09-30')
    expect(selected).toEqual([
      { year: '2024', month: '12' },
      { year: '2025', month: '1' },
    ])
  })

  it('is refused the wrong way round, but not when one limit is inside the other', () => {
    expect(() => selectRange(months, ['month'], '2025-02', '2025-01-31')).toThrow('to: 2025-01-31 is before from, which is 2025-02')
    expect(() => selectRange([], ['month'], '2025-10', '2025-9')).toThrow(/^to: /)
    expect(selectRange(months, ['month'], '2025-02', '2025').selected).toEqual([{ month: '2025-02' }, { month: '2025-03' }])
  })

  it('is refused over what are no dates', () => {
    expect(() => selectRange([{ region: 'eu' }], ['region'], '2025-01')).toThrow(/^from: the values of region are no dates/)
  })
})

const plan = (changes: Partial<BatchPlan>): BatchPlan => ({
  dataset: 'orders',
  batchId: 'b',
  source: 'raw',
  predicates: [],
  objects: [],
  createdAt: '',
  ...changes,
})
const record = (status: 'running' | 'succeeded' | 'failed' | 'superseded', input = '{}') => ({
  dataset: 'orders',
  batchId: 'b',
  status,
  source: 'raw' as const,
  executionArn: '',
  executions: 1,
  redrives: 0,
  input,
  startedAt: '',
  revision: 1,
})
const object = (month: string) => ({ key: `raw/orders/month=${month}/x.csv`, size: 1, sequencer: '1', partition: { month } })

describe('what the ledger knows of a partition', () => {
  const coverage = (batches: Parameters<typeof coverageOf>[0], id = 'mine') => coverageOf(batches, months, ['month'], id)

  it('comes of predicates, of claimed objects and of batches over everything', () => {
    const known = coverage([
      { record: record('failed'), plan: plan({ source: 'landings', predicates: ['x'], objects: [object('2025-03')] }) },
      { record: record('succeeded'), plan: plan({ predicates: ["month IN ('2025-01', '2025-03')"] }) },
      { record: record('succeeded'), plan: plan({ source: 'quarantine' }) },
      { record: record('superseded'), plan: plan({}) },
      { record: record('succeeded'), plan: undefined },
      { record: record('succeeded'), plan: plan({ predicates: ["day = '1'"] }) },
    ])
    expect(Object.fromEntries(known)).toEqual({
      'month=2025-01': { newest: 'succeeded', everSucceeded: true, byThisBackfill: false },
      'month=2025-03': { newest: 'failed', everSucceeded: true, byThisBackfill: false },
    })
    expect(coverage([{ record: record('succeeded'), plan: plan({}) }]).size).toBe(4)
  })

  it('distinguishes the batches of a backfill from all others', () => {
    const mine = coverage([{ record: record('succeeded', '{"backfillId":"mine"}'), plan: plan({}) }])
    const failed = coverage([{ record: record('failed', '{"backfillId":"mine"}'), plan: plan({}) }])
    const broken = coverage([{ record: record('succeeded', 'no json'), plan: plan({}) }])
    expect([mine, failed, broken].map((known) => known.get('month=2025-01')?.byThisBackfill)).toEqual([true, false, false])
  })

  it.each([
    ['missing', undefined, false, undefined],
    ['missing', undefined, true, 'curated'],
    ['missing', { newest: 'failed', everSucceeded: false, byThisBackfill: false }, true, undefined],
    ['missing', { newest: 'failed', everSucceeded: true, byThisBackfill: false }, false, 'succeeded'],
    ['missing', { newest: 'running', everSucceeded: false, byThisBackfill: false }, false, 'running'],
    ['failed', { newest: 'failed', everSucceeded: true, byThisBackfill: false }, false, undefined],
    ['failed', undefined, false, 'not-failed'],
    ['all', { newest: 'succeeded', everSucceeded: true, byThisBackfill: false }, true, undefined],
    ['all', { newest: 'running', everSucceeded: true, byThisBackfill: true }, true, 'done-by-this-backfill'],
  ] as const)('only %s with %j, in curated %j: skipped as %s', (only, known, inCurated, expected) => {
    expect(skipReason(only, known, inCurated)).toBe(expected)
  })
})

describe('a backfill', () => {
  const input = (changes: object = {}) => parseBackfillInput({ dataset: 'orders', all: true, ...changes })

  it('is the same for every user, and another for another reason or contract', () => {
    const contract = ordersContract()
    expect(backfillId(input({ requestedBy: 'ana' }), contract)).toBe(backfillId(input({ chunkSize: 3, dryRun: true }), contract))
    expect(backfillId(input({ reason: 'again' }), contract)).not.toBe(backfillId(input(), contract))
    expect(backfillId(input(), { version: 'other' })).not.toBe(backfillId(input(), contract))
  })

  it('names its chunks by its execution, within 80 characters', () => {
    const long = 'd'.repeat(41)
    const chunks = planChunks({ ...input({ chunkSize: 3 }), dataset: long }, 'id', 'arn', months)
    expect(chunks.map(({ partitions }) => partitions)).toEqual([3, 1])
    for (const { name } of chunks) expect(name.length).toBeLessThanOrEqual(80)
    expect(planChunks(input(), 'id', 'arn', months)).toEqual(planChunks(input(), 'id', 'arn', months))
    expect(planChunks(input(), 'id', 'other', months)[0]?.name).not.toBe(planChunks(input(), 'id', 'arn', months)[0]?.name)
  })

  it('is refused in chunks so small that it would run for a week', () => {
    const many = Array.from({ length: 1500 }, (_, n) => ({ month: `${n}` }))
    expect(() => planChunks(input({ chunkSize: 1 }), 'id', 'arn', many)).toThrow(
      'chunkSize: 1 makes 1500 batches of 1500 partitions; give at least 2',
    )
  })

  it('is estimated from the history of its dataset, and says so where there is none', () => {
    const contract = ordersContract({ compute: { workers: 5 } })
    expect(estimateBackfill(10, contract, [300, 100, 200])).toMatchObject({
      seconds: 2000,
      basis: expect.stringMatching(/^median of the last 3 batches: 200 s/),
    })
    expect(estimateBackfill(10, contract, [])).toMatchObject({
      seconds: 6000,
      basis: expect.stringMatching(/^no batch of this dataset yet/),
    })
    expect(estimateBackfill(0, contract, [])).toMatchObject({ seconds: 0, dollars: 0 })
  })
})
