import { expect, it } from 'vitest'
import { columnsInFiles, RAW_FORMATS } from '../../../infra/packaging/dataset/raw-formats.ts'
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

it('the catalog finds a column that has another name in the files: JSON by its key, Parquet and ORC by that name', () => {
  const columns = {
    order_id: { type: 'string', from: 'Order ID' },
    city: { type: 'string', from: ['address', 'city'] },
    note: { type: 'string' },
  }
  const { storage } = RAW_FORMATS.json.catalog(ordersContract({ source: { format: 'json' }, columns }))
  expect((storage.SerdeInfo as { Parameters: object }).Parameters).toEqual({
    'ignore.malformed.json': 'true',
    'mapping.order_id': 'Order ID',
  })
  const types = { order_id: 'string', city: 'string', note: 'int' }
  expect(columnsInFiles(columns, types)).toEqual({ 'order id': 'string', city: 'string', note: 'int' })
})

it('a column keeps its own name in the catalog where another column has the name that it has in the files', () => {
  const columns = {
    id: { type: 'int', from: 'key' },
    key: { type: 'string' },
    a: { type: 'int', from: 'X' },
    b: { type: 'date', from: 'x' },
  }
  expect(columnsInFiles(columns, { id: 'int', key: 'string', a: 'int', b: 'date' })).toEqual({
    id: 'int',
    key: 'string',
    a: 'int',
    b: 'date',
  })
})
