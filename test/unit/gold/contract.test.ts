import { describe, expect, it } from 'vitest'
import { parseContract } from '../../../functions/domain/contract/file.ts'
import { parseContracts } from '../../../functions/domain/contract/folder.ts'
import { CUSTOMERS, changed, ORDERS, REVENUE, YEARLY } from './contracts.ts'

const problemsOf = (text: string) => {
  const read = parseContract(text, 'gold.yml')
  return read.ok ? [] : read.problems.map(({ field, message }) => `${field} ${message}`)
}
const instead = (what: string, by: string) => problemsOf(changed(REVENUE, 'monthly_revenue', what, by))

describe('the contract of a gold dataset', () => {
  it('has gold in place of source, and no crawl, no files and no quarantine alarm', () => {
    const read = parseContract(REVENUE, 'monthly_revenue.yml', 'monthly_revenue')
    expect(read).toMatchObject({
      ok: true,
      contract: { gold: { start: 'after_any' }, crawl: 'never', source: { partition_keys: [] }, quarantine: { warn_rate: 1 } },
    })
  })

  it.each<[string, string[], RegExp]>([
    ['both source and gold', instead('gold:\n', 'source: { format: csv }\ngold:\n'), /^gold is in place of source/],
    ['derive', instead('primary_key:', 'derive: { x: orders }\nprimary_key:'), /^derive is about files.*write it in gold\.sql/],
    ['latest_by', instead('primary_key:', 'latest_by: [orders]\nprimary_key:'), /^latest_by is about files/],
    [
      'a column read from elsewhere',
      instead('segment: string', 'segment: { type: string, from: Segment }'),
      /^columns\.segment\.from is about files/,
    ],
    [
      'a partition outside the key',
      instead('partition_by: [order_month]', 'partition_by: [order_month, orders]'),
      /partition_by\[1\] "orders" is not in primary_key/,
    ],
    [
      'a reach into no partition',
      instead('order_month: "trunc', 'segment: "trunc'),
      /rebuilds\.segment "segment" is not in curated\.partition_by/,
    ],
    [
      'a key that is no column',
      instead('customers: { rebuilds: all', 'customers: { rebuilds: { key: [segment, customer] }'),
      /rebuilds\.key "customer" is not in columns/,
    ],
    [
      'a key beside a mapping',
      instead('{ order_month: "trunc', '{ key: segment, order_month: "trunc'),
      /rebuilds\.order_month is not a field of a contract; there can be key/,
    ],
    ['a reach of another word', instead('rebuilds: all', 'rebuilds: some'), /customers\.rebuilds must be all, none, \{ key: column \}, or/],
    [
      'a start of another word',
      instead('  sql: |', '  start: hourly\n  sql: |'),
      /^gold\.start must be after_any, after_all, rate\(…\) or cron/,
    ],
    ['a rate of another unit', instead('  sql: |', '  start: rate(2 weeks)\n  sql: |'), /^gold\.start must be rate\(1 hour\), or cron/],
    ['a cron without ?', instead('  sql: |', '  start: cron(0 6 * * * *)\n  sql: |'), /^gold\.start must have \? in one of/],
    ['no sources', problemsOf(YEARLY.replace(/sources: .*/, 'sources: {}')), /^gold\.sources must name at least one dataset/],
    ['itself as a source', instead('customers: { rebuilds', 'monthly_revenue: { rebuilds'), /monthly_revenue is the dataset itself/],
  ])('is refused with %s', (_what, problems, message) => {
    expect(problems).toEqual([expect.stringMatching(message)])
  })

  it('is needed for reconcile, and a dataset without either is told of both', () => {
    expect(problemsOf(`${ORDERS}reconcile: { a: { gold: SELECT 1, sources: SELECT 1 } }\n`)).toEqual([
      expect.stringMatching(/^reconcile compares a gold dataset/),
    ])
    expect(problemsOf(ORDERS.replace(/source: .*\n/, ''))).toEqual([
      expect.stringMatching(/^source is missing; a dataset has source, or gold/),
    ])
  })
})

describe('contracts together', () => {
  const check = (texts: Record<string, string>) =>
    parseContracts(Object.entries(texts).map(([name, text]) => ({ file: `${name}.yml`, text }))).problems.map(
      ({ file, line, field, message }) => `${file}:${line} ${field} ${message}`,
    )

  it('may be chained', () => {
    expect(check({ orders: ORDERS, customers: CUSTOMERS, monthly_revenue: REVENUE, yearly_revenue: YEARLY })).toEqual([])
  })

  it('name a source that has no contract, with its line', () => {
    expect(check({ orders: ORDERS, customer: changed(CUSTOMERS, 'customer', 'segment', 'segment'), monthly_revenue: REVENUE })).toEqual([
      'monthly_revenue.yml:6 gold.sources.customers "customers" is a dataset that has no contract here; did you mean customer?',
    ])
  })

  it('may be made of Iceberg tables', () => {
    const iceberg = ORDERS.replace('partition_by: [order_date]', 'partition_by: [order_date], format: iceberg')
    expect(check({ orders: iceberg, customers: CUSTOMERS, monthly_revenue: REVENUE })).toEqual([])
  })

  it('make no circle, however long', () => {
    const circle = changed(YEARLY, 'monthly_revenue', 'monthly_revenue: {', 'yearly_revenue: {')
    expect(check({ monthly_revenue: circle, yearly_revenue: YEARLY })).toEqual([
      'monthly_revenue.yml:4 gold.sources makes a circle: monthly_revenue is made of yearly_revenue is made of monthly_revenue; remove one of them',
      'yearly_revenue.yml:4 gold.sources makes a circle: yearly_revenue is made of monthly_revenue is made of yearly_revenue; remove one of them',
    ])
  })
})
