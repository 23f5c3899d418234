import { expect, it } from 'vitest'
import { columnsInGlue } from '../../../functions/adapters/glue/iceberg-columns.ts'

const column = (Name: string, id: string, current = 'true') => ({
  Name,
  Type: 'string',
  Parameters: { 'iceberg.field.id': id, 'iceberg.field.current': current, 'iceberg.field.optional': 'true' },
})

it('the catalog lists the columns of today first, in their order, and those of before as earlier ones', () => {
  const entry = [column('id', '1'), column('amount', '2'), column('note', '3'), column('total', '2', 'false')]
  const columns = columnsInGlue(entry, [
    { id: '2', name: 'total' },
    { id: '1', name: 'id' },
  ])
  expect(columns).toEqual([column('total', '2'), column('id', '1'), column('amount', '2', 'false'), column('note', '3', 'false')])
})

it('an entry without field ids stays as it is', () => {
  const entry = [{ Name: 'id', Type: 'string' }]
  expect(columnsInGlue(entry, [{ id: '1', name: 'order_id' }])).toBe(entry)
})
