import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { DatasetDigest } from '../../../functions/domain/digest/digest.ts'
import { datasetLines } from '../../../functions/domain/digest/table.ts'
import { digestMessage } from '../../../functions/domain/digest/text.ts'

const [FROM, TO] = ['2026-11-27T06:00:00.000Z', '2026-11-28T06:00:00.000Z']

const calm = (dataset: string, changes: Partial<DatasetDigest> = {}): DatasetDigest => ({
  dataset,
  lastPublishedAt: '2026-11-28T05:12:00.000Z',
  expected: null,
  batches: { ended: 24, failed: 0 },
  rows: { published: 120_000, read: 120_500, quarantined: 500 },
  waitingRows: 0,
  openFailures: [],
  alerts: [],
  paused: null,
  dollars: 9.6,
  uncosted: 0,
  ...changes,
})
const late = calm('orders', {
  lastPublishedAt: '2026-11-26T05:50:00.000Z',
  expected: { dueAt: '2026-11-28T01:00:00.000Z', late: true, inWords: 'every 1 day by 01:00 UTC' },
  batches: { ended: 0, failed: 0 },
  rows: { published: 0, read: 0, quarantined: 0 },
  alerts: [{ kind: 'late', since: '2026-11-28T01:07:00.000Z' }],
  dollars: 0,
})
const failed = calm('payments', {
  batches: { ended: 3, failed: 1 },
  openFailures: [
    { batchId: 'payments-1', startedAt: '2026-11-27T09:00:00.000Z', error: 'QualityGateError: 144 rows have\n origin PHL' },
    { batchId: 'payments-2', startedAt: '2026-11-28T03:00:00.000Z', error: null },
  ],
  alerts: [{ kind: 'quality-gate', since: '2026-11-27T09:20:00.000Z' }],
  waitingRows: 12,
  uncosted: 1,
})
const messageOf = (...datasets: DatasetDigest[]) => digestMessage({ from: FROM, to: TO, datasets }, { stage: 'prod' })

describe('a digest', () => {
  it('of no dataset is a sentence and no table', () => {
    const { subject, text } = messageOf()
    expect(subject).toBe('[sluice] prod: no dataset is deployed')
    expect(text).toContain('From 2026-11-27 06:00 UTC to 2026-11-28 06:00 UTC')
    expect(text).not.toMatch(/dataset +last|Total|Needs you/)
  })

  it('of a dataset that is late has it first, and when it was due', () => {
    const { subject, text } = messageOf(
      calm('customers', { expected: { ...late.expected, late: false } as DatasetDigest['expected'] }),
      late,
    )
    expect(subject).toBe('[sluice] prod: 1 of 2 datasets needs you')
    expect(text.split('\n').slice(0, 12)).toEqual([
      'Sluice prod: 1 of 2 datasets needs you',
      'From 2026-11-27 06:00 UTC to 2026-11-28 06:00 UTC',
      '',
      'Needs you',
      '  orders',
      '    late: due 2026-11-28 01:00 UTC, expected every 1 day by 01:00 UTC',
      '',
      '  dataset      last  expected  batches     rows     bad  alerts   cost',
      '! orders     Nov 26  5 h late        0        0       -       1      -',
      '  customers   05:12   in time       24  120,000  0.415%       -  $9.60',
      '',
      'Total: 2 datasets, 1 of them late; 24 batches; 120,000 rows published, 0.415% of',
    ])
    expect(text).toContain('Look: npx --no-install sluice status --stage prod\n')
  })

  it('of failed batches names the oldest and its error on one line', () => {
    const { text } = messageOf(late, failed)
    expect(text).toMatch(
      /Needs you\n {2}payments\n {4}2 failed batches, the oldest of 2026-11-27 09:00 UTC: QualityGateError: 144\n {6}rows have origin PHL\n/,
    )
    expect(text).toContain('    open alert: quality-gate since 2026-11-27 09:20 UTC\n')
    expect(text.replaceAll(/\n/g, ' ')).toContain(
      '3 batches, 1 of them failed; 120,000 rows published, 0.415% of 120,500 new rows quarantined; 12 rows wait for the key of a parent; 2 open alerts; $9.60 at most, without 1 batch that left no manifest',
    )
  })

  it('cuts an error that is long', () => {
    const [failure] = failed.openFailures
    const { text } = messageOf({ ...failed, openFailures: [{ ...failure, error: 'word '.repeat(500) } as (typeof failed.openFailures)[0]] })
    expect(text.length).toBeLessThan(1500)
    expect(text).toContain('word …')
  })

  it('tells of a pause, and who made it', () => {
    const paused = { by: 'ada', at: '2026-11-20T10:00:00.000Z', reason: 'a new system' }
    expect(messageOf(calm('orders', { paused })).text).toContain(
      '  orders\n    paused since 2026-11-20T10:00:00.000Z, by ada: a new system\n',
    )
  })

  it('of a hundred datasets that are well has a line for each, and nothing before them', () => {
    const many = Array.from({ length: 100 }, (_, number) => calm(`dataset_${String(number).padStart(3, '0')}`))
    const { subject, text } = messageOf(...[...many].reverse())
    expect(subject).toBe('[sluice] prod: all 100 datasets are well')
    expect(text).not.toContain('Needs you')
    const names = [...text.matchAll(/^ {2}(dataset_\d+)/gm)].map(([, name]) => name)
    expect(names).toEqual(many.map(({ dataset }) => dataset))
    expect(text).toContain('Total: 100 datasets; 2,400 batches; 12,000,000 rows published')
  })

  it('of more troubles than a person reads counts those that it leaves out, and marks all of them', () => {
    const { text } = messageOf(...Array.from({ length: 80 }, (_, number) => ({ ...failed, dataset: `payments_${number}` })))
    expect(text).toContain('  and 30 more datasets, marked with ! below\n')
    expect(text.match(/^! payments_/gm)).toHaveLength(80)
  })

  it('has failures before late data before other alerts before pauses', () => {
    const alerted = calm('a', { alerts: [{ kind: 'quarantine-rate', since: TO }] })
    const paused = calm('b', { paused: { by: 'ada', at: TO } })
    const { text } = messageOf(calm('c'), paused, alerted, late, failed)
    expect([...text.matchAll(/^[! ] (\w+) .*[-\d]$/gm)].map(([, name]) => name)).toEqual(['payments', 'orders', 'a', 'b', 'c'])
  })
})

describe('the lines of datasets', () => {
  it('fit 80 columns and have every name in full', () => {
    const count = fc.integer({ min: 0, max: 1e12 })
    const some = fc.record({
      dataset: fc.stringMatching(/^[a-z][a-z0-9_]{0,40}$/),
      lastPublishedAt: fc.option(fc.constantFrom('2026-11-28T05:12:00.000Z', '2025-11-28T05:12:00.000Z')),
      expected: fc.option(
        fc.record({ dueAt: fc.constantFrom(FROM, '2020-01-01T00:00:00.000Z'), late: fc.boolean(), inWords: fc.constant('every 1 day') }),
      ),
      batches: fc.record({ ended: fc.integer({ min: 0, max: 500 }), failed: fc.integer({ min: 0, max: 500 }) }),
      rows: fc
        .record({ published: count, read: count, quarantined: count })
        .map(({ quarantined, ...rows }) => ({ ...rows, quarantined: Math.min(rows.read, quarantined) })),
      waitingRows: count,
      openFailures: fc.constant<DatasetDigest['openFailures']>([]),
      alerts: fc.array(fc.constant({ kind: 'late', since: FROM }), { maxLength: 99 }),
      paused: fc.constant(null),
      dollars: fc.double({ min: 0, max: 1e9, noNaN: true }),
      uncosted: fc.constant(0),
    })
    fc.assert(
      fc.property(fc.array(some, { minLength: 1, maxLength: 5 }), (datasets) => {
        const lines = datasetLines(datasets, new Date(TO))
        expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(80)
        expect(lines.flatMap((line) => /^[! ] ([a-z]\w*)/.exec(line)?.[1] ?? [])).toEqual([
          'dataset',
          ...datasets.map(({ dataset }) => dataset),
        ])
      }),
    )
  })
})
