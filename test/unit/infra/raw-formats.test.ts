import { expect, it } from 'vitest'
import { RAW_FORMATS } from '../../../infra/packaging/raw-formats.ts'
import { ordersContract } from '../batch/fixtures.ts'

it('the catalog reads each column of fixed width at its positions, in any order', () => {
  const columns = { amount: { type: 'int', at: '4-6' }, id: { type: 'string', at: '1-3' }, initial: { type: 'string', at: 1 } }
  const { storage } = RAW_FORMATS.fixed_width.catalog(ordersContract({ source: { format: 'fixed_width' }, columns }))
  const { Parameters } = storage.SerdeInfo as { Parameters: Record<string, string> }
  // RegexSerDe wants the whole line to match, as Java's matches() does.
  const line = new RegExp(`^(?:${Parameters['input.regex']})$`)
  expect(line.exec('abc 12 and more')?.slice(1)).toEqual([' 12', 'abc', 'a'])
  expect(line.exec('abc 1')).toBeNull()
})
