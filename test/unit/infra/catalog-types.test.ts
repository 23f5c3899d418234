import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { catalogType, columnTypes } from '../../../infra/packaging/catalog-types.ts'
import { root } from '../../../setup/places.mjs'

/** As written → as the catalog has it; test/glue/test_type_names.py reads the same cases. */
const CASES = JSON.parse(readFileSync(join(root, 'test/cases/type-names.json'), 'utf8')) as Record<string, string>

it.each(Object.entries(CASES))('%s is %s to the catalog', (spark, hive) => {
  expect(catalogType(spark)).toBe(hive)
})

it('has the columns of the contract, then the derived ones with the types that Spark reported', () => {
  const contract = { columns: { amount: { type: 'LONG' } }, derive: { doubled: 'amount * 2', day: 'to_date(delivered)' } }
  expect(Object.entries(columnTypes(contract, { doubled: 'BIGINT', day: 'date' }))).toEqual([
    ['amount', 'bigint'],
    ['doubled', 'bigint'],
    ['day', 'date'],
  ])
})
