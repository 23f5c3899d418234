import { describe, expect, it } from 'vitest'
import { parseContracts } from '../../../functions/domain/contract/folder.ts'
import { CUSTOMERS, ORDERS, REVENUE } from '../gold/contracts.ts'

const problemsOf = (orders: string, customers = CUSTOMERS) =>
  parseContracts([
    { file: 'orders.yml', text: orders },
    { file: 'customers.yml', text: customers },
  ]).problems.map(({ file, line, field, message }) => `${file}:${line} ${field} ${message}`)
const withKeys = (keys: string) => problemsOf(`${ORDERS}foreign_keys: ${keys}\n`)

describe('foreign keys', () => {
  it('refer to a column of another dataset', () => {
    expect(withKeys('{ customer_id: { in: customers.customer_id, on_missing: quarantine } }')).toEqual([])
    expect(withKeys('{ customer_id: { in: customers.customer_id, on_missing: wait, within: 2 days } }')).toEqual([])
  })

  it.each<[string, string[], RegExp]>([
    ['no such column', withKeys('{ client: { in: customers.customer_id } }'), /^orders\.yml:9 .*names column "client"/],
    ['no such dataset', withKeys('{ customer_id: { in: customer.customer_id } }'), /no contract here; did you mean "?customers/],
    ['no such parent column', withKeys('{ customer_id: { in: customers.id } }'), /refers to column "id", which customers does not have/],
    ['itself', withKeys('{ customer_id: { in: orders.customer_id } }'), /refers to the dataset itself/],
    ['no column', withKeys('{ customer_id: { in: customers } }'), /must be <dataset>\.<column>/],
    ['another word', withKeys('{ customer_id: { in: customers.customer_id, on_missing: drop } }'), /must be warn, quarantine or wait/],
    [
      'a deadline without waiting',
      withKeys('{ customer_id: { in: customers.customer_id, within: 1 day } }'),
      /within is for rows that wait/,
    ],
  ])('are refused with %s', (_what, problems, message) => {
    expect(problems).toEqual([expect.stringMatching(message)])
  })

  it.each([
    ['warn', []],
    ['quarantine', ['foreign_keys.segment.on_missing is quarantine; a gold table has every row of its query, so write warn']],
    ['wait', ['foreign_keys.segment.on_missing is wait; a gold table has every row of its query, so write warn']],
  ])('of a gold dataset may %s: %j', (choice, expected) => {
    const text = `${REVENUE}foreign_keys: { segment: { in: customers.segment, on_missing: ${choice} } }\n`
    const { problems, files } = parseContracts([
      { file: 'monthly_revenue.yml', text },
      { file: 'orders.yml', text: ORDERS },
      { file: 'customers.yml', text: CUSTOMERS },
    ])
    expect(problems.map(({ field, message }) => `${field} ${message}`)).toEqual(expected)
    if (expected.length === 0) expect(files[0]?.contract?.quarantine.warn_rate).toBe(0.01)
  })
})
