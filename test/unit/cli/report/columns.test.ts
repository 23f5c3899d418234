import { expect, it } from 'vitest'
import { columnModels } from '../../../../cli/report/model/columns.ts'
import { contractSchema } from '../../../../functions/domain/contract/contract.ts'
import { syntheticDataset } from '../../../browser/synthetic-facts.ts'

it('columns of the report have types, sources and marks from the contract, and the type of a derived one from a batch', () => {
  const contract = contractSchema.parse({
    dataset: 'orders',
    owner: 'shop@example.com',
    source: { format: 'csv', options: { header: true }, partition_keys: ['day'] },
    columns: { order_id: { type: 'string', from: 'Order ID' }, at: 'timestamp', customer_id: { type: 'bigint', sensitive: true } },
    derive: { order_date: 'to_date(at)' },
    primary_key: ['order_id'],
    foreign_keys: { customer_id: { in: 'customers.id' } },
    curated: { partition_by: ['order_date'] },
  })
  expect(columnModels({ ...contract, version: 'v' }, [])).toEqual([
    { name: 'order_id', type: 'string', from: ['Order ID'], sql: null, marks: ['key'] },
    { name: 'at', type: 'timestamp', from: ['at'], sql: null, marks: [] },
    { name: 'customer_id', type: 'bigint', from: ['customer_id'], sql: null, marks: ['sensitive', 'refers to customers.id'] },
    { name: 'order_date', type: null, from: ['at'], sql: 'to_date(at)', marks: ['partition'] },
  ])

  const [batch] = syntheticDataset('orders', 1).batches
  if (!batch?.manifest) throw new Error('no batch')
  const table = { contractVersion: 'v', columns: { order_date: 'date' }, primaryKey: [], partitionBy: [] }
  const told = columnModels({ ...contract, version: 'v' }, [{ ...batch, manifest: { ...batch.manifest, table } }])
  expect(told.find(({ name }) => name === 'order_date')?.type).toBe('date')
})
