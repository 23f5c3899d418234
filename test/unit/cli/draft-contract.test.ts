import { expect, it } from 'vitest'
import { draftContract } from '../../../cli/draft-contract.ts'
import { parseContract } from '../../../functions/domain/contract/file.ts'

const OPTIONS = { owner: 'me@example.com', key: undefined, partitionKeys: ['day'] }

it('drafts a contract that is good, from CSV', () => {
  const sample =
    'id,name,amount,at,zip,ok\r\n1,"Smith, J",1.5,2025-01-01 10:00:00,00501,true\r\n2,"a ""b""",,2025-01-02T11:00:00Z,10115,false\r\n'

  const parsed = parseContract(draftContract('orders', sample, OPTIONS), 'orders.yml', 'orders')

  expect(parsed.ok && parsed.contract).toMatchObject({
    source: { format: 'csv', options: { header: true }, partition_keys: ['day'] },
    columns: {
      id: { type: 'bigint' },
      name: { type: 'string' },
      amount: { type: 'double' },
      at: { type: 'timestamp' },
      zip: { type: 'string' },
      ok: { type: 'boolean' },
    },
    primary_key: ['id'],
    latest_by: ['at'],
  })
})

it.each([
  ['semicolons', 'id;"price"\n1;2,50\n', { delimiter: ';' }],
  ['tabs', 'id\tprice\n1\t2,50\n', { delimiter: '\t' }],
  ['bars', 'id|price\n1|x;y;z\n', { delimiter: '|' }],
  ['commas', '"id","price"\n1,"a;b"\n', {}],
])('finds the delimiter: %s', (_what, sample, delimiter) => {
  const parsed = parseContract(draftContract('orders', sample, OPTIONS), 'orders.yml', 'orders')
  expect(parsed.ok && parsed.contract.source.options).toEqual({ header: true, ...delimiter })
  expect(parsed.ok && Object.keys(parsed.contract.columns)).toEqual(['id', 'price'])
})

it('is not led astray by delimiters in a quoted name', () => {
  expect(() => draftContract('orders', 'id,"a;b;c"\n1,x\n', OPTIONS)).toThrow('the sample\'s columns "a;b;c" need other names')
})

it('drafts from JSON lines, whose objects need not have the same fields', () => {
  const parsed = parseContract(draftContract('events', '{"id":"a","n":1}\n{"id":"b","tags":["x"]}\n', OPTIONS), 'events.yml', 'events')
  expect(parsed.ok && parsed.contract).toMatchObject({
    source: { format: 'json' },
    columns: { id: { type: 'string' }, n: { type: 'bigint' }, tags: { type: 'string' } },
    primary_key: ['id'],
  })
})

it.each([
  ['an empty sample', '', /empty/],
  ['a column that needs another name', 'order id\n1\n', /"order id".*letters, digits and _/],
  ['a file without a header', '1,2.5\n2,3.5\n', /"1", "2.5".*first line is taken for the header/],
  ['a header that names a column twice', 'id,x,id\n1,2,3\n', /"id" twice/],
  ['a JSON array', '[{"id":1},{"id":2}]', /JSON array.*jq -c/],
  ['JSON over several lines', '{\n "id": 1\n}\n', /line 1 of the sample is no JSON object/],
  ['Parquet', 'PAR1\u0000', /is Parquet/],
  ['no column that could be the key', 'a,b\n1,1\n1,1\n', /--key: one of a, b/],
])('says what to do about %s', (_what, sample, message) => {
  expect(() => draftContract('orders', sample, OPTIONS)).toThrow(message)
})
