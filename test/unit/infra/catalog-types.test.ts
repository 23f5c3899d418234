import { describe, expect, it } from 'vitest'
import { catalogType, columnTypes, derivedType } from '../../../infra/packaging/catalog-types.ts'

describe('catalogType', () => {
  it.each([
    ['STRING', 'string'],
    ['LONG', 'bigint'],
    ['integer', 'int'],
    ['decimal( 12, 2 )', 'decimal(12,2)'],
    ['DECIMAL', 'decimal(10,0)'],
    ['numeric(5)', 'decimal(5,0)'],
    ['timestamp_ntz', 'timestamp'],
    ['varchar(20)', 'string'],
    ['array<long>', 'array<bigint>'],
    ['map<string, decimal(3,1)>', 'map<string,decimal(3,1)>'],
    ['struct<a int, b: array<struct<c:long>>>', 'struct<a:int,b:array<struct<c:bigint>>>'],
  ])('%s is %s to the catalog', (spark, hive) => {
    expect(catalogType(spark)).toBe(hive)
  })
})

describe('derivedType', () => {
  const columns = { ordered_at: 'timestamp', amount: 'decimal(12,2)', status: 'string' }

  it.each([
    ['to_date(ordered_at)', 'date'],
    ["date_format(ordered_at, 'yyyy-MM')", 'string'],
    ['year(ordered_at)', 'int'],
    ["date_trunc('month', ordered_at)", 'timestamp'],
    ['amount', 'decimal(12,2)'],
    ['(`Status`)', 'string'],
    ["CAST(regexp_replace(status, ' AS ', '') AS BIGINT)", 'bigint'],
    ['coalesce(amount, 0)', 'decimal(12,2)'],
    ["'fixed'", 'string'],
  ])('of %s is %s', (sql, type) => {
    expect(derivedType(sql, columns)).toBe(type)
  })

  it.each(['amount * 2', 'to_date(ordered_at) > now()', 'my_function(amount)', 'year(ordered_at) + month(ordered_at)'])(
    'of %s is left to Spark',
    (sql) => {
      expect(derivedType(sql, columns)).toBeUndefined()
    },
  )
})

describe('columnTypes', () => {
  const contract = {
    columns: { amount: { type: 'LONG' } },
    derive: { doubled: 'amount * 2', day: 'to_date(delivered)', same: 'delivered' },
    source: { format: 'csv' as const, options: {}, partition_keys: ['delivered'], exclude: [] },
  }

  it('takes what Spark said of a derived column before what its form says', () => {
    expect(columnTypes(contract, { doubled: 'BIGINT' })).toEqual({ amount: 'bigint', doubled: 'bigint', day: 'date', same: 'string' })
  })

  it('says so when nobody knows', () => {
    expect(columnTypes(contract).doubled).toBeUndefined()
  })
})
