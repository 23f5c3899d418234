import { describe, expect, it } from 'vitest'
import { type FileProblem, parseContract } from '../../../functions/domain/contract/file.ts'
import { lineHolding, ORDERS, ordersInstead } from './orders.ts'

function problemsOf(text: string, name = 'orders'): FileProblem[] {
  const parsed = parseContract(text, 'datasets/orders.yml', name)
  return parsed.ok ? [] : parsed.problems
}

describe('a good contract', () => {
  it('is read with its defaults filled in', () => {
    const parsed = parseContract(ORDERS, 'datasets/orders.yml', 'orders')

    expect(parsed.ok && parsed.contract).toMatchObject({
      dataset: 'orders',
      columns: { amount: { type: 'decimal(12,2)' } },
      drift: { missing: 'null', unknown: 'ignore' },
      compute: { worker_type: 'G.1X', workers: 2, flex: false },
      crawl: 'always',
      references: {},
    })
  })

  it('has a version that only its content decides', () => {
    const version = (text: string) => {
      const parsed = parseContract(text, 'f.yml')
      return parsed.ok ? parsed.contract.version : parsed.problems
    }
    expect(version(`# a remark\n${ORDERS}`)).toBe(version(ORDERS))
    expect(version(ordersInstead('negative_amount', '    negative_amount: amount <= 0'))).not.toBe(version(ORDERS))
  })

  it('warns from one bad row in a hundred where it says nothing of rates', () => {
    const parsed = parseContract(ordersInstead('warn_rate'), 'f.yml')
    expect(parsed.ok && parsed.contract.quarantine.warn_rate).toBe(0.01)
  })
})

describe('a broken contract names the line, the field and what to do', () => {
  const cases: [wrong: string, instead: string, by: string, field: string, message: RegExp][] = [
    ['a missing field', 'owner:', '', 'owner', /is missing/],
    ['an unknown field', 'owner:', 'owner: a\nownr: a', 'ownr', /not a field/],
    ['an unknown field inside', '  format: csv', '  format: csv\n  fromat: csv', 'source.fromat', /not a field/],
    ['an unsafe dataset name', 'dataset: orders', 'dataset: ../orders', 'dataset', /must match/],
    ['a dataset name unlike the file', 'dataset: orders', 'dataset: order', 'dataset', /file is named orders/],
    ['an unsafe column name', '  status: string', '  "order status": string', 'columns.order status', /letters, digits and _/],
    [
      'an unknown format',
      '  format: csv',
      '  format: tsv',
      'source.format',
      /one of avro, csv, excel, fixed_width, json, orc, parquet, xml/,
    ],
    ['a rate above 1', '  warn_rate', '  warn_rate: 1.5', 'quarantine.warn_rate', /between 0 and 1/],
    ['a rate below 0', '  halt_rate', '  halt_rate: -0.1', 'quarantine.halt_rate', /between 0 and 1/],
    ['a rate in words', '  halt_rate', '  halt_rate: none', 'quarantine.halt_rate', /must be a number, not a text/],
    ['a warning after the halt', '  warn_rate', '  warn_rate: 0.5', 'quarantine.warn_rate', /above halt_rate/],
    ['a key that is no column', 'primary_key', 'primary_key: [order_id, orderid]', 'primary_key[1]', /names column "orderid"/],
    ['a key twice', 'primary_key', 'primary_key: [order_id, order_id]', 'primary_key[1]', /twice/],
    ['no key', 'primary_key', 'primary_key: []', 'primary_key', /at least one column/],
    ['an order that is no column', 'latest_by', 'latest_by: [ts]', 'latest_by[0]', /names column "ts"/],
    ['an order by a partition key', 'latest_by', 'latest_by: [ingest_date]', 'latest_by[0]', /add a derived column/],
    ['a partition that is no column', 'curated', 'curated: { partition_by: [day] }', 'curated.partition_by[0]', /"day"/],
    ['a partition key that is a column', '  partition_keys', '  partition_keys: [status]', 'source.partition_keys[0]', /cannot hold both/],
    ['a derived column that is a column', '  order_date', '  status: upper(status)', 'derive.status', /already a column/],
    ['names that differ in case', '  order_date', '  Status: upper(status)', 'derive.Status', /only in case/],
    ['a reserved name', '  status: string', '  _errors: string', 'columns._errors', /Sluice or Spark writes itself/],
    ["a name of the job's own", '  status: string', '  __row: string', 'columns.__row', /begins with __/],
    ["a partition key of the job's own", '  partition_keys', '  partition_keys: [__path]', 'source.partition_keys[0]', /begins with __/],
    ['a pattern for a number', '  status: string', '  status: { type: int, format: "0" }', 'columns.status.format', /date and timestamp/],
    ['a type cut off at its comma', '  amount', '  amount: { type: decimal(12,2) }', 'columns.amount.type', /in quotes/],
    ['a column without a type', '  status: string', '  status:', 'columns.status', /Spark SQL type/],
    ['an empty rule', '    negative_amount', '    negative_amount:', 'quarantine.rules.negative_amount', /is empty/],
    ['one worker', 'curated', 'compute: { workers: 1 }', 'compute.workers', /at least 2/],
    ['an alias that DQDL keeps', 'curated', 'references: { primary: customers }', 'references.primary', /another alias/],
  ]
  it.each(cases)('%s', (_wrong, instead, by, field, message) => {
    const text = ordersInstead(instead, ...by.split('\n'))

    const found = problemsOf(text)

    const line = by === '' ? 1 : lineHolding(text, by.split('\n').at(-1) ?? '')
    expect(found).toContainEqual({ file: 'datasets/orders.yml', line, field, message: expect.stringMatching(message) })
  })

  it('says everything at once, the schema and what crosses fields', () => {
    const text = ordersInstead('owner:', 'ownr: me').replace('halt_rate: 0.20', 'halt_rate: 2').replace('[order_id]', '[orderid]')
    expect(problemsOf(text).map(({ field }) => field)).toEqual(['owner', 'quarantine.halt_rate', 'ownr', 'primary_key[0]'])
  })
})

describe('YAML that does not parse', () => {
  it.each([
    ['an open bracket', 'dataset: [orders', 1],
    ['a key twice', 'dataset: a\ndataset: b', 2],
    ['two documents', 'dataset: a\n---\ndataset: b', 2],
    ['a tab for indentation', 'source:\n\tformat: csv', 2],
    ['an alias of nothing', 'dataset: *name', 1],
    ['a list', '- dataset', 1],
    ['nothing', '', 1],
    ['bytes', '\u0000\u0001', 1],
  ])('%s is a problem with a line, not an exception', (_what, text, line) => {
    const found = problemsOf(text)
    expect(found.length).toBeGreaterThan(0)
    expect(found[0]).toMatchObject({ line, field: '(YAML)' })
  })
})
