import { GetTableCommand, GlueClient } from '@aws-sdk/client-glue'
import { mockClient } from 'aws-sdk-client-mock'
import { afterAll, afterEach, expect, it } from 'vitest'
import { draftContract } from '../../../cli/add/contract-text.ts'
import { readCatalogTable } from '../../../cli/add/read-table.ts'
import { parseContract } from '../../../functions/domain/contract/file.ts'

const glue = mockClient(GlueClient)
afterEach(() => glue.reset())
// Other files of this process have clients of their own.
afterAll(() => glue.restore())

it('takes columns, types, format and folders from a table of the catalog', async () => {
  glue.on(GetTableCommand, { DatabaseName: 'lake', Name: 'orders' }).resolves({
    Table: {
      Name: 'orders',
      PartitionKeys: [{ Name: 'ingest_date', Type: 'string' }],
      Parameters: { classification: 'csv', delimiter: ';' },
      StorageDescriptor: {
        Columns: [
          { Name: 'order id', Type: 'bigint' },
          { Name: 'amount', Type: 'decimal(12,2)' },
          { Name: 'tags', Type: 'array<string>' },
        ],
      },
    },
  })
  const { partitionKeys, ...sample } = await readCatalogTable('lake.orders')
  const { text } = draftContract('orders', sample, { owner: 'me', key: ['order_id'], partitionKeys, others: [] })
  const parsed = parseContract(text, 'orders.yml', 'orders')

  expect(parsed.ok && parsed.contract).toMatchObject({
    source: { format: 'csv', options: { header: true, delimiter: ';' }, partition_keys: ['ingest_date'] },
    columns: { order_id: { type: 'bigint', from: 'order id' }, amount: { type: 'decimal(12,2)' }, tags: { type: 'array<string>' } },
    primary_key: ['order_id'],
  })
})

it.each([
  ['orders', /must be <database>.<table>/],
  ['lake.orders', /EntityNotFoundException/],
])('%s is refused by name', async (name, message) => {
  glue.on(GetTableCommand).rejects(Object.assign(new Error('no such table'), { name: 'EntityNotFoundException' }))
  await expect(readCatalogTable(name)).rejects.toThrow(message)
})
