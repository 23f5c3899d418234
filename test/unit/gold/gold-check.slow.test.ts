import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type CheckedContracts, checkContracts } from '../../../cli/contracts/check-contracts.ts'
import { CUSTOMERS, changed, ORDERS, REVENUE, YEARLY } from './contracts.ts'

/** What to replace in the good contract, by what, the field that the message names, and the message. */
const CASES: [what: string, instead: string, by: string, field: string, message: RegExp][] = [
  [
    'a table that is no source',
    'JOIN customers c',
    'JOIN clients c',
    'gold.sql',
    /reads table clients, which gold\.sources does not name; it has orders, customers/,
  ],
  ['a column that is not there', 'c.segment, count', 'c.segmnt, count', 'gold.sql', /names column c\.segmnt, which is not there/],
  ['SQL that does not parse', 'GROUP BY 1, 2', 'GROUP 1, 2', 'gold.sql', /does not parse/],
  ['a command', 'SELECT trunc', 'INSERT INTO orders SELECT trunc', 'gold.sql', /is not a query/],
  [
    'another type',
    'revenue: "decimal(22,2)"',
    'revenue: "decimal(20,2)"',
    'columns.revenue',
    /is decimal\(20,2\), and gold\.sql gives decimal\(22,2\)/,
  ],
  [
    'a column that the SQL lacks',
    'orders: bigint,',
    'orders: bigint, returns: bigint,',
    'columns.returns',
    /is not a column that gold\.sql gives/,
  ],
  [
    'a column that the contract lacks',
    'count(*) AS orders',
    'count(*) AS orders, max(c.changed) AS changed',
    'gold.sql',
    /gives column changed, which is not in columns/,
  ],
  [
    'the clock',
    'USING (customer_id) GROUP',
    'USING (customer_id) WHERE o.order_date <= current_date() GROUP',
    'gold.sql',
    /depends on when it runs/,
  ],
  ['chance', 'USING (customer_id) GROUP', 'USING (customer_id) WHERE rand() < 0.5 GROUP', 'gold.sql', /another value each time/],
  [
    'the first of some rows',
    'sum(o.amount) AS revenue',
    'CAST(first(o.amount) AS decimal(22,2)) AS revenue',
    'gold.sql',
    /another value each time/,
  ],
  ['a limit', 'GROUP BY 1, 2', 'GROUP BY 1, 2 LIMIT 10', 'gold.sql', /has LIMIT/],
  [
    'a source that is not read',
    '    customers: { rebuilds: all }',
    '    customers: { rebuilds: all }\n    yearly_revenue: { rebuilds: none }',
    'gold.sources.yearly_revenue',
    /is not read by gold\.sql/,
  ],
  [
    'a key that leaves out a group',
    'primary_key: [order_month, segment]',
    'primary_key: [order_month]',
    'primary_key',
    /leaves out segment/,
  ],
  [
    'a reach over no partition column',
    `"trunc(order_date, 'MM')" }`,
    `"trunc(at, 'MM')" }`,
    'gold.sources.orders.rebuilds.order_month',
    /names column at, which is not there.*has order_date/,
  ],
  [
    'a reach of another type',
    `"trunc(order_date, 'MM')" }`,
    'year(order_date) }',
    'gold.sources.orders.rebuilds.order_month',
    /gives int, and column order_month is date/,
  ],
  [
    'a reach that is too short',
    `"trunc(order_date, 'MM')" }`,
    'order_date }',
    'gold.sources.orders.rebuilds.order_month',
    /is contradicted/,
  ],
  [
    'a reach that is too long',
    `"trunc(order_date, 'MM')" }`,
    `"trunc(order_date, 'YEAR')" }`,
    'gold.sources.orders.rebuilds.order_month',
    /is contradicted/,
  ],
  [
    'a window over all months',
    'sum(o.amount) AS revenue',
    "CAST(sum(sum(o.amount)) OVER (PARTITION BY c.segment ORDER BY trunc(o.order_date, 'MM')) AS DECIMAL(22,2)) AS revenue",
    'gold.sources.orders.rebuilds.order_month',
    /contradicted by the window .*sum.* OVER \(PARTITION BY segment/i,
  ],
  [
    'an aggregate over all months',
    'FROM orders o JOIN',
    'FROM orders o JOIN (SELECT customer_id AS id, count(*) AS n FROM orders GROUP BY 1) l ON l.id = o.customer_id JOIN',
    'gold.sources.orders.rebuilds.order_month',
    /contradicted by the aggregate that groups orders by customer_id/,
  ],
  [
    'a subquery over all months',
    'USING (customer_id) GROUP',
    'USING (customer_id) WHERE o.amount > (SELECT avg(amount) FROM orders) GROUP',
    'gold.sources.orders.rebuilds.order_month',
    /contradicted by the aggregate that groups orders by nothing/,
  ],
  [
    'a key that the source lacks',
    'customers: { rebuilds: all',
    'customers: { rebuilds: { key: orders }',
    'gold.sources.customers.rebuilds.key',
    /"orders" is not a column of customers, which has customer_id, segment, changed/,
  ],
  [
    'a key of another table',
    `orders: { rebuilds: { order_month: "trunc(order_date, 'MM')" } }`,
    'orders: { rebuilds: { key: segment } }',
    'gold.sources.orders.rebuilds.key',
    /"segment" is not a column of orders/,
  ],
  [
    'a month that stands in for another',
    "trunc(o.order_date, 'MM') AS order_month",
    "if(trunc(o.order_date, 'MM') = DATE '2020-01-01', DATE '2020-02-01', trunc(o.order_date, 'MM')) AS order_month",
    'gold.sources.orders.rebuilds.order_month',
    /takes rows of orders for one order_month by another condition than trunc/,
  ],
  [
    'a key that the query replaces by NULL',
    "customers: { rebuilds: all }\n  sql: |\n    SELECT trunc(o.order_date, 'MM') AS order_month, c.segment",
    "customers: { rebuilds: { key: segment } }\n  sql: |\n    SELECT trunc(o.order_date, 'MM') AS order_month, nullif(c.segment, 'none') AS segment",
    'gold.sources.customers.rebuilds.key',
    /takes rows of customers for one segment by another condition than segment/,
  ],
  [
    'files in place of a table',
    'JOIN customers c',
    'JOIN parquet.`s3://lake/customers` c',
    'gold.sql',
    /reads parquet\.s3:\/\/lake\/customers; it may read the tables of gold\.sources alone, by their names: orders, customers/,
  ],
  [
    'a comparison of texts',
    'sources: "SELECT sum(amount)',
    'sources: "SELECT max(segment)',
    'reconcile.revenue.sources',
    /gives string; it must give one number/,
  ],
]
/** Sources whose contracts have changed, and what their gold datasets are told. */
const CHANGED_SOURCES: [what: string, instead: string, by: string, field: string, message: RegExp][] = [
  ['has another name', 'amount: "decimal', 'total: "decimal', 'gold.sql', /names column o\.amount, which is not there/],
  ['has another type', 'amount: "decimal(12,2)"', 'amount: double', 'columns.revenue', /is decimal\(22,2\), and gold\.sql gives double/],
]
const FOREIGN = `${ORDERS}foreign_keys: { customer_id: { in: customers.segment } }\n`.replace('dataset: orders', 'dataset: foreign')
/** The SQL of the good contract. */
const QUERY = /^ {4}SELECT[\s\S]*GROUP BY 1, 2$/m.exec(REVENUE)?.[0] ?? ''
/** Other ways to write what is right. */
const GOOD: [what: string, instead: string, by: string][] = [
  ['a common table expression', '    SELECT trunc', '    WITH bought AS (SELECT * FROM orders)\n    SELECT trunc'],
  [
    'a window within a month',
    QUERY,
    `    SELECT order_month, segment, orders, CAST(sum(revenue) OVER (PARTITION BY order_month, segment) AS DECIMAL(22,2)) AS revenue\n    FROM (${QUERY.trim()})`,
  ],
  ['a left join', 'JOIN customers c USING', 'LEFT JOIN customers c USING'],
  ['a key by which the query groups', 'customers: { rebuilds: all', 'customers: { rebuilds: { key: segment }'],
  ['everything', `{ order_month: "trunc(order_date, 'MM')" }`, 'all'],
]

const folder = mkdtempSync(join(tmpdir(), 'sluice-gold-check-'))
let checked: CheckedContracts
const name = (kind: string, index: number) => `${kind}${index}`
const fileOf = (dataset: string) => join(folder, `${dataset}.yml`)
// The name of the table is in its reconcile as well.
const under = (dataset: string, instead: string, by: string) =>
  changed(REVENUE, dataset, instead, by).replaceAll('FROM monthly_revenue', `FROM ${dataset}`)

beforeAll(async () => {
  const write = (dataset: string, text: string) => writeFileSync(fileOf(dataset), text)
  for (const [dataset, text] of Object.entries({
    orders: ORDERS,
    customers: CUSTOMERS,
    monthly_revenue: REVENUE,
    yearly_revenue: YEARLY,
    foreign: FOREIGN,
  }))
    write(dataset, text)
  CASES.forEach(([, instead, by], index) => write(name('bad', index), under(name('bad', index), instead, by)))
  CHANGED_SOURCES.forEach(([, instead, by], index) => {
    const source = name('source', index)
    write(source, changed(ORDERS, source, instead, by))
    write(
      name('reader', index),
      changed(REVENUE, name('reader', index), '    orders:', `    ${source}:`).replaceAll('FROM orders', `FROM ${source}`),
    )
  })
  GOOD.forEach(([, instead, by], index) => write(name('good', index), under(name('good', index), instead, by)))
  checked = await checkContracts(folder)
}, 180_000)
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const found = (dataset: string) =>
  checked.problems.filter(({ file }) => file === fileOf(dataset)).map(({ field, message }) => ({ field, message }))

it.each(CASES.map((each, index) => [each[0], index] as const))('%s is named with its field', (_what, index) => {
  const [, , , field, message] = CASES[index] as (typeof CASES)[number]
  expect(found(name('bad', index))).toEqual([{ field, message: expect.stringMatching(message) }])
})

it.each(GOOD.map((each, index) => [each[0], index] as const))('%s is right', (_what, index) => {
  expect(found(name('good', index))).toEqual([])
})

it.each(CHANGED_SOURCES.map((each, index) => [each[0], index] as const))(
  'where a column of a source %s, its gold dataset is named',
  (_what, index) => {
    const [, , , field, message] = CHANGED_SOURCES[index] as (typeof CHANGED_SOURCES)[number]
    expect(found(name('reader', index))).toContainEqual({ field, message: expect.stringMatching(message) })
    expect(found(name('source', index))).toEqual([])
  },
)

it('a foreign key has the type of the column that it refers to', () => {
  const message = 'customer_id is bigint, and customers.segment is string; give both one type'
  expect(found('foreign')).toEqual([{ field: 'foreign_keys.customer_id', message }])
})

it('tells which columns a gold column is made of, through joins, windows and subqueries', () => {
  const revenue = {
    order_month: [['orders', 'order_date']],
    segment: [['customers', 'segment']],
    orders: [],
    revenue: [['orders', 'amount']],
  }
  expect(checked.madeOf.monthly_revenue).toEqual(revenue)
  // The sum over a window goes by what the window is partitioned by.
  const windowed = [...revenue.segment, ...revenue.revenue, ...revenue.order_month]
  expect(checked.madeOf[name('good', 1)]).toEqual({ ...revenue, revenue: windowed })
  expect(checked.madeOf.yearly_revenue).toEqual({
    year: [['monthly_revenue', 'order_month']],
    revenue: [['monthly_revenue', 'revenue']],
  })
})

it('finds nothing wrong with good contracts, and gold of gold', () => {
  expect(['orders', 'customers', 'monthly_revenue', 'yearly_revenue'].flatMap(found)).toEqual([])
})
