import { describe, expect, it } from 'vitest'
import { BrokenRows } from '../../../functions/domain/batch/failed-rule/broken-rows.ts'
import { rowRule } from '../../../functions/domain/batch/failed-rule/rule-columns.ts'

function sentence(dqdl: string, rows: unknown[][], { hidden = [] as string[], all = true } = {}): string | undefined {
  const rule = rowRule(dqdl)
  if (!rule) throw new Error(`${dqdl} asks nothing of single rows`)
  const broken = new BrokenRows(rule, hidden)
  broken.add(rows)
  return broken.sentence(all)
}
const column = (...values: unknown[]) => values.map((value) => [value])

describe('rows that broke a rule', () => {
  it.each([
    ['ColumnValues "origin" in ["EWR","JFK"]', column('JFK', 'PHL', 'PHL', null), '2 rows have origin PHL'],
    ['ColumnValues "origin" in [ "EWR" , "a \\"b\\", c" ]', column('a "b", c', 'x\ny'), '1 row has origin x y'],
    ['ColumnValues "code" in [1, 2.0]', column(1, 2, 3n), '1 row has code 3'],
    ['ColumnValues "origin" not in ["PHL"]', column('PHL', 'EWR'), '1 row has origin PHL'],
    ['ColumnValues "origin" in ["EWR"] with threshold > 0.9', column('A', 'B', 'B', 'C', 'D'), '5 rows have origin B (2), A (1), C (1) …'],
    ['ColumnValues "seats" between 10 and 400', column(10, 400, 500, 7.5), '2 rows have seats 500 (1), 7.5 (1)'],
    ['ColumnValues "seats" > 0', column(0, 5), '1 row has seats 0'],
    ['ColumnValues "seats" <= 5', column(5, 6), '1 row has seats 6'],
    ['IsComplete "origin"', column(null, undefined, ''), '2 rows have no origin'],
    ['Completeness "origin" > 0.95', column(null, 'EWR'), '1 row has no origin'],
    ['IsUnique "id"', column(1, 2, 2, 2), '3 rows have the id of another row, such as 2 (3)'],
    [
      'IsPrimaryKey "day" "id"',
      [
        ['a', 1],
        ['a', 1],
        ['b', 1],
      ],
      '2 rows have the day, id of another row, such as a, 1 (2)',
    ],
  ])('%s', (dqdl, rows, expected) => {
    expect(sentence(dqdl, rows)).toBe(expected)
  })

  it('have no values where the contract hides the column', () => {
    const hidden = ['origin']
    expect(sentence('ColumnValues "origin" in ["EWR"]', column('PHL'), { hidden })).toBe('1 row has another origin')
    expect(sentence('IsUnique "origin"', column('PHL', 'PHL'), { hidden })).toBe('2 rows have the origin of another row')
  })

  it('are "at least" so many where not all rows were looked at', () => {
    expect(sentence('IsComplete "origin"', column(null), { all: false })).toBe('at least 1 row has no origin')
  })

  it('are not named where every row that was looked at is good', () => {
    expect(sentence('ColumnValues "origin" in ["EWR"]', column('EWR', null))).toBeUndefined()
    expect(sentence('IsUnique "id"', column(1, 2))).toBeUndefined()
  })

  it.each([
    'RowCount > 0',
    'Mean "fare" between 50 and 500',
    'ColumnValues "origin" in [NULL, "EWR"]',
    'ColumnValues "origin" matches "[A-Z]{3}"',
    'ColumnValues "day" > (now() - 3 days)',
    '(IsComplete "a") and (IsComplete "b")',
  ])('are none of %s', (dqdl) => {
    expect(rowRule(dqdl)).toBeUndefined()
  })
})
