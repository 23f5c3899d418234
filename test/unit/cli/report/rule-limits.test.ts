import { describe, expect, it } from 'vitest'
import { offendingColumns } from '../../../../cli/report/model/offending-columns.ts'
import { observesShare, ruleLimits } from '../../../../cli/report/model/rule-limits.ts'

describe('the limits of a rule', () => {
  it.each([
    ['Completeness "dep_delay" > 0.95', [0.95], true],
    ['ColumnValues "origin" in ["EWR","JFK"]', [1], true],
    ['ColumnValues "seats" between 10 and 400 with threshold > 0.99', [0.99], true],
    ['IsPrimaryKey "a" "b"', [1], true],
    ['RowCount > 0', [0], false],
    ['Mean "fare" between -5 and 500.5', [-5, 500.5], false],
    ['Mean "fare" > avg(last(3))', [], false],
    ['CustomSql "SELECT 1" = 0', [0], false],
  ])('%s', (rule, limits, isShare) => {
    expect([ruleLimits(rule), observesShare(rule)]).toEqual([limits, isShare])
  })
})

describe('the columns that a reason is about', () => {
  it.each([
    ['invalid_type:dep_delay', ['dep_delay']],
    ['missing_reference:tailnum', ['tailnum']],
    ['null_order_id', ['order_id']],
    ['negative_fare', ['fare']],
    ['fare_below_tax', ['fare', 'tax']],
    ['unexpected', []],
    ['malformed:row', []],
  ])('%s', (reason, expected) => {
    expect(offendingColumns(reason, ['id', 'order_id', 'dep_delay', 'fare', 'tax', 'tailnum', '_source_file'])).toEqual(expected)
  })
})
