import { describe, expect, it } from 'vitest'
import type { PartitionModel } from '../../../../cli/report/model/model.ts'
import { gridOf } from '../../../../cli/report/page/charts/partition-rows.ts'

function partition(values: Record<string, string>): PartitionModel {
  const path = Object.entries(values)
    .map((pair) => pair.join('='))
    .join('/')
  return {
    path,
    values,
    state: 'curated',
    files: 1,
    bytes: 1,
    batches: [0],
    inQuarantine: null,
    quarantinedShare: null,
    shareIsEstimate: false,
  }
}
const drawn = (partitions: PartitionModel[]) =>
  gridOf(partitions).rows.map(({ label, cells }) => [label, cells.flatMap((cell, column) => (cell ? [column] : []))])

describe('the grid', () => {
  it('is a calendar of days, in which a missing day is a gap', () => {
    const days = ['2025-01-01', '2025-01-02', '2025-01-04', '2025-02-01', '2025-02-02', '2025-02-03'].map((day) => partition({ day }))
    expect(gridOf(days).columns).toHaveLength(31)
    expect(drawn(days)).toEqual([
      ['2025-01', [0, 1, 3]],
      ['2025-02', [0, 1, 2]],
    ])
  })

  it('is a calendar of months when days are few', () => {
    const days = ['2024-11-01', '2024-12-01', '2025-02-01'].map((delivered) => partition({ delivered }))
    expect(drawn(days)).toEqual([
      ['2024', [10, 11]],
      ['2025', [1]],
    ])
  })

  it('loses no partition of a month that has two', () => {
    const days = ['2025-01-01', '2025-01-02', '2025-02-01', '2025-03-01'].map((delivered) => partition({ delivered }))
    expect(gridOf(days).rows.flatMap(({ cells }) => cells.filter(Boolean))).toHaveLength(4)
  })

  it('has rows of its own for each value of another key', () => {
    const both = ['eu', 'us'].flatMap((region) => ['2025-01', '2025-02'].map((month) => partition({ month, region })))
    expect(drawn(both)).toEqual([
      ['eu 2025', [0, 1]],
      ['us 2025', [0, 1]],
    ])
  })

  it('is in order, row by row, without dates', () => {
    const shops = Array.from({ length: 30 }, (_, shop) => partition({ shop: String(shop) }))
    expect(gridOf(shops).rows.map(({ cells }) => cells.length)).toEqual([24, 6])
    expect(drawn([partition({})])).toEqual([['all', [0]]])
  })
})
