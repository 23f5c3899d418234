import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type CheckedContracts, checkContracts } from '../../../cli/contracts/check-contracts.ts'
import { lineHolding, ORDERS, ordersInstead } from './orders.ts'

/** A broken contract: the line to replace, its replacement, the field that the message names, and the message. */
type Case = [what: string, instead: string, by: string, field: string, message: RegExp]

const TYPES_AND_SQL: Case[] = [
  ['a type that Spark does not know', '  status: string', '  status: strng', 'columns.status', /"strng" is not a type that Spark knows/],
  ['a decimal too wide', '  amount', '  amount: decimal(50,2)', 'columns.amount', /is not a type/],
  [
    'week years',
    '  order_timestamp',
    '  order_timestamp: { type: timestamp, format: "YYYY-MM-dd" }',
    'columns.order_timestamp.format',
    /week/,
  ],
  [
    'an unknown letter',
    '  order_timestamp',
    '  order_timestamp: { type: date, format: "yyyy-bb" }',
    'columns.order_timestamp.format',
    /letter: b/,
  ],
  [
    'a derived column of nothing',
    '  order_date',
    '  order_date: to_date(order_ts)',
    'derive.order_date',
    /names column order_ts, which is not there; did you mean order_id\?/,
  ],
  ['an unknown function', '  order_date', '  order_date: to_day(order_timestamp)', 'derive.order_date', /calls function `to_day`/],
  ['SQL that stops', '  order_date', '  order_date: to_date(order_timestamp', 'derive.order_date', /does not parse/],
  ['an aggregate', '  order_date', '  order_date: max(order_timestamp)', 'derive.order_date', /more than one row/],
  ['a window', '  order_date', '  order_date: lag(amount) OVER (ORDER BY order_id)', 'derive.order_date', /more than one row/],
  ['a generator', '  order_date', '  order_date: explode(array(amount))', 'derive.order_date', /more than one row/],
  ['a subquery', '  order_date', '  order_date: (SELECT 1)', 'derive.order_date', /subquery/],
  ['chance', '  order_date', '  order_date: CAST(rand() AS INT)', 'derive.order_date', /another value each time/],
  ['the clock', '  order_date', '  order_date: current_date()', 'derive.order_date', /depends on when it runs/],
  [
    'the clock, within',
    '  order_date',
    '  order_date: date_add(to_date(order_timestamp), datediff(now(), order_timestamp))',
    'derive.order_date',
    /when it runs/,
  ],
  ['the clock, as a literal', '  order_date', "  order_date: DATE 'today'", 'derive.order_date', /when it runs/],
  [
    'the clock, in a rule',
    '    negative',
    '    negative_amount: order_timestamp > current_timestamp',
    'quarantine.rules.negative_amount',
    /when it runs/,
  ],
  ['the user', '  order_date', '  order_date: current_user()', 'derive.order_date', /depends on who runs it/],
  ['a random name', '  order_date', '  order_date: uuid()', 'derive.order_date', /another value each time/],
  [
    'a Java method',
    '  order_date',
    "  order_date: java_method('java.lang.System', 'currentTimeMillis')",
    'derive.order_date',
    /calls a Java method/,
  ],
  [
    'a Java method, in a rule',
    '    negative',
    "    negative_amount: reflect('java.util.UUID', 'randomUUID') = status",
    'quarantine.rules.negative_amount',
    /Java method/,
  ],
  [
    'an end to all',
    '    negative',
    '    negative_amount: assert_true(amount > 0) IS NULL',
    'quarantine.rules.negative_amount',
    /stops the whole batch/,
  ],
  ['a rule that does not parse', '    negative', '    negative_amount: amount <', 'quarantine.rules.negative_amount', /does not parse/],
  ['a rule over nothing', '    negative', '    negative_amount: amont < 0', 'quarantine.rules.negative_amount', /did you mean amount\?/],
  [
    'a rule that is no condition',
    '    negative',
    '    negative_amount: amount',
    'quarantine.rules.negative_amount',
    /gives decimal\(12,2\)/,
  ],
  [
    'two rules in one',
    '    negative',
    '    negative_amount: amount < 0 order_id',
    'quarantine.rules.negative_amount',
    /the name "order_id"/,
  ],
]
const DQDL: Case[] = [
  ['an unknown rule type', '    RowCount', '    RowCnt > 0,', 'quality', /no rule type RowCnt/],
  ['a missing comma', '    RowCount', '    RowCount > 0', 'quality', /comma/],
  ['an unknown column', '    IsUnique', '    IsUnique "orderid"', 'quality', /names column "orderid".*order_id/],
  ['anomalies', '    IsUnique', '    DetectAnomalies "RowCount"', 'quality', /does not run DetectAnomalies/],
  [
    'a rule on files, in a composite',
    '    IsUnique',
    '    (IsUnique "order_id") and (FileSize > 2 KB)',
    'quality',
    /does not run FileSize/,
  ],
  [
    'a threshold on values',
    '    IsUnique',
    '    ColumnValues "status" in ["A"] with threshold > 0.9',
    'quality',
    /ignores `with threshold`/,
  ],
  ['earlier runs', '    IsUnique', '    RowCount > last(3)', 'quality', /no last\(k\)/],
  ['SQL over nothing', '    IsUnique', '    CustomSql "select sum(amout) from primary" > 0', 'quality', /SQL names column amout/],
  ['SQL over an unknown dataset', '    IsUnique', '    CustomSql "select count(*) from people" > 0', 'quality', /names dataset people/],
  ['SQL that is not a query', '    IsUnique', '    CustomSql "drop table customers" > 0', 'quality', /is not a query/],
  [
    'a Java method',
    '    IsUnique',
    `    CustomSql "select count(*) from primary where java_method('java.lang.System', 'nanoTime') > status" > 0`,
    'quality',
    /Java method/,
  ],
  [
    'a Java method in a filter',
    '    IsUnique',
    `    IsComplete "status" where "reflect('java.lang.System', 'nanoTime') > '1'"`,
    'quality',
    /where clause: calls a Java/,
  ],
  ['a comparison of all columns', '    IsUnique', '    SchemaMatch "customers" = 1.0', 'quality', /counts the column batch_id/],
  ['a match of all columns', '    IsUnique', '    DatasetMatch "customers" "order_id" = 1.0', 'quality', /name the columns to compare/],
  [
    'an alias of nothing',
    '    IsUnique',
    '    ReferentialIntegrity "customer_id" "people.id" = 1.0',
    'quality',
    /"people", which is not an alias/,
  ],
  [
    'a where clause over nothing',
    '    IsUnique',
    '    IsComplete "status" where "amout > 1"',
    'quality',
    /where clause: names column amout/,
  ],
]
const cases = [...TYPES_AND_SQL, ...DQDL].map((spoilt, index) => ({ spoilt, dataset: `broken_${index}` }))

let folder: string
let checked: CheckedContracts

// One JVM for all of them, as `sluice validate` does it.
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-spark-check-'))
  const write = (dataset: string, text: string) =>
    writeFileSync(join(folder, `${dataset}.yml`), text.replace('dataset: orders', `dataset: ${dataset}`))
  for (const { spoilt, dataset } of cases) write(dataset, ordersInstead(spoilt[1], spoilt[2]))
  write('orders', GOOD)
  write('customers', CUSTOMERS)
  write('keys', KEYS)
  write('open', ordersInstead('    IsUnique', '    (IsUnique "order_id"'))
  write('two', ordersInstead('    negative', '    negative_amount: amount <').replace('halt_rate: 0.20', 'halt_rate: 20'))
  checked = await checkContracts(folder)
}, 300_000)
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const CUSTOMERS = `dataset: customers
owner: crm@example.com
source: { format: json }
columns: { id: bigint, tags: array<string>, "address": "struct<city: string, zip: string>" }
primary_key: [id]
`
const KEYS = `dataset: keys
owner: crm@example.com
source: { format: json }
columns: { id: bigint }
derive: { attributes: "map('id', CAST(id AS STRING))", ids: array(id) }
primary_key: [attributes]
latest_by: [ids]
curated: { partition_by: [ids] }
`
const GOOD = `${ordersInstead(
  '  order_date',
  '  order_date: to_date(order_timestamp)',
  '  cents: amount * 100',
  '  euros: cents / 100',
  '  late: ingest_date > "2025"',
)
  .replace('negative_amount: amount < 0', "negative_amount: amount < 0 OR cents < 0 OR ingest_date = 'x' OR order_date IS NULL")
  .replace(
    'IsUnique "order_id"',
    'IsUnique "order_id",\n    ReferentialIntegrity "customer_id" "customers.id" > 0.9',
  )}references: { customers: customers }
`

it.each(cases)('$spoilt.0 is named with file, line and field', ({ spoilt: [, instead, by, field, message], dataset }) => {
  const file = join(folder, `${dataset}.yml`)
  const found = checked.problems.filter((problem) => problem.file === file)

  expect(found).toEqual([{ file, line: lineHolding(ordersInstead(instead, by), by), field, message: expect.stringMatching(message) }])
})

it('knows the types of derived columns that are keys, orders and partitions', () => {
  const file = join(folder, 'keys.yml')
  expect(checked.problems.filter((problem) => problem.file === file).map(({ field, message }) => [field, message])).toEqual([
    ['primary_key[0]', '"attributes" is of type map<string,string>, which is no key; use columns of simple types, or derive one from it'],
    ['latest_by[0]', expect.stringMatching(/has no order/)],
    ['curated.partition_by[0]', expect.stringMatching(/cannot name a folder/)],
  ])
})

it('says where the parser stood when a bracket stays open', () => {
  const file = join(folder, 'open.yml')
  const found = checked.problems.filter((problem) => problem.file === file)
  // The parser only notices at the bracket that closes the list.
  expect(found).toEqual([{ file, line: lineHolding(ORDERS, '  ]'), field: 'quality', message: expect.stringMatching(/bracket/) }])
})

it('finds nothing wrong with good contracts', () => {
  const good = ['orders', 'customers'].map((dataset) => join(folder, `${dataset}.yml`))
  expect(checked.problems.filter(({ file }) => good.includes(file))).toEqual([])
})

it('keeps what the schema found when Spark finds more', () => {
  const file = join(folder, 'two.yml')
  expect(checked.problems.filter((problem) => problem.file === file).map(({ field, line }) => [field, line])).toEqual([
    ['quarantine.rules.negative_amount', lineHolding(ORDERS, 'negative_amount')],
    ['quarantine.halt_rate', lineHolding(ORDERS, 'halt_rate')],
  ])
})

it('has the types of derived columns for packaging', () => {
  const { types } = checked.derivedTypes.orders ?? {}
  expect(types).toEqual({ order_date: 'date', cents: 'decimal(16,2)', euros: 'decimal(20,6)', late: 'boolean' })
})
