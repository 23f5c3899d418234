import { describe, expect, it } from 'vitest'
import { publishedRows } from '../../../functions/domain/batch/manifest/published-rows.ts'
import { conservation, rowsAreConserved, sumOfRows } from '../../../functions/domain/batch/manifest/row-counts.ts'
import type { Quality } from '../../../functions/domain/batch/quality.ts'

const manifest = { rows: { read: 10, written: 7, duplicates: 1, superseded: 0, quarantined: 2 }, replaced: 3 }
const quality = (passed: boolean) => ({ passed }) as Quality

describe('rows of a batch as the table has them', () => {
  it.each([
    ['succeeded', { succeeded: true, quality: quality(true) }, manifest],
    ['failed after its rules passed, when it was being published', { succeeded: false, quality: quality(true) }, manifest],
    [
      'failed its rules',
      { succeeded: false, quality: quality(false) },
      { rows: { ...manifest.rows, written: 0, unpublished: 7 }, replaced: null },
    ],
    [
      'failed before it was judged',
      { succeeded: false, quality: null },
      { rows: { ...manifest.rows, written: 0, unpublished: 7 }, replaced: null },
    ],
  ])('that %s', (_, outcome, expected) => {
    const found = publishedRows(manifest, outcome)
    expect(found).toEqual(expected)
    expect(rowsAreConserved(found)).toBe(true)
  })

  it('add up, those that are unpublished apart', () => {
    const { rows } = publishedRows(manifest, { succeeded: false, quality: null })
    expect(conservation(rows)).toBe('10 read = 0 written + 1 duplicates + 0 superseded + 2 quarantined + 7 unpublished')
    expect(sumOfRows([manifest.rows, rows])).toEqual({ read: 20, written: 7, duplicates: 2, superseded: 0, quarantined: 4, unpublished: 7 })
  })
})
