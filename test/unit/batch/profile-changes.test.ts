import { describe, expect, it } from 'vitest'
import type { ColumnProfile, Profile } from '../../../functions/domain/batch/manifest/profile.ts'
import { profileChanges, profileFinding } from '../../../functions/domain/batch/manifest/profile-changes.ts'

const column = (changes: Partial<ColumnProfile>): ColumnProfile => ({ nulls: 0, distinct: 500, ...changes })
const of = (changes: Partial<ColumnProfile>, rows = 1000): Profile => ({ rows, sampled: rows, columns: { amount: column(changes) } })
const changed = (before: Partial<ColumnProfile>, now: Partial<ColumnProfile>, rows = 1000) =>
  profileChanges(of(now, rows), of(before)).amount ?? []
const numbers = (min: string, max: string) => ({ min, max, histogram: { from: 0, width: 1, counts: [1] } })

describe('the profile of a batch beside that of the batch before', () => {
  it('tells of NULLs where there were none, and of a share that has moved by a percent', () => {
    expect(changed({ nulls: 0 }, { nulls: 1 })).toEqual(['NULLs 0% → 0.1%'])
    expect(changed({ nulls: 10 }, { nulls: 24 })).toEqual(['NULLs 1% → 2.4%'])
    expect(changed({ nulls: 24 }, { nulls: 10 })).toEqual(['NULLs 2.4% → 1%'])
    expect(changed({ nulls: 10 }, { nulls: 15 })).toEqual([])
    expect(changed({ nulls: 100 }, { nulls: 1000 }, 10_000)).toEqual([])
  })

  it('tells of more or fewer kinds, and not of keys, which are as many as the rows', () => {
    expect(changed({ distinct: 4 }, { distinct: 9 })).toEqual(['values 4 → 9'])
    expect(changed({ distinct: 9 }, { distinct: 1 })).toEqual(['values 9 → 1'])
    expect(changed({ distinct: 4 }, { distinct: 5 })).toEqual([])
    expect(changed({ distinct: 1000 }, { distinct: 90_000 })).toEqual([])
    // All of its values are NULL: that is what NULLs tell of.
    expect(changed({ distinct: 9 }, { distinct: 0 })).toEqual([])
  })

  it('tells of a number that is farther out than all before, and not of dates and texts, which go on by themselves', () => {
    expect(changed(numbers('0', '100'), numbers('-150', '201'))).toEqual(['min 0 → -150', 'max 100 → 201'])
    expect(changed(numbers('0', '100'), numbers('-90', '199'))).toEqual([])
    expect(changed({ min: '2025-01-01', max: '2025-01-02' }, { min: '2026-01-01', max: '2026-01-02' })).toEqual([])
  })

  it('tells of a column that is new', () => {
    const before = { rows: 1, sampled: 1, columns: {} }
    expect(profileChanges(of({}), before)).toEqual({ amount: ['new column'] })
  })

  it('is one sentence that names five columns, and none without news', () => {
    const wide = (nulls: number): Profile => ({
      rows: 10,
      sampled: 10,
      columns: Object.fromEntries(['a', 'b', 'c', 'd', 'e', 'f', 'g'].map((name) => [name, column({ nulls })])),
    })
    expect(profileFinding(wide(5), wide(0))).toBe(
      `${['a', 'b', 'c', 'd', 'e'].map((n) => `${n}: NULLs 0% → 50%`).join('; ')}; and 2 more columns`,
    )
    expect(profileFinding(wide(5), wide(5))).toBeUndefined()
  })
})
