import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Access, accessOf } from '../../../cli/add/database/access.ts'
import { draftExtract } from '../../../cli/add/database/extract-contract.ts'
import { contractType } from '../../../cli/add/database/mysql/types.ts'
import { readDatabaseTable } from '../../../cli/add/database/read-database.ts'
import { gatherConnection } from '../../../cli/run/local-connections.ts'
import { parseContract } from '../../../functions/domain/contract/file.ts'
import { PASSWORD, startMySql } from '../../e2e/mysql.ts'

let server: Awaited<ReturnType<typeof startMySql>>
let access: Access

const SCHEMA = [
  `CREATE TABLE orders (
    order_id bigint unsigned PRIMARY KEY, \`Customer No\` int NOT NULL, small smallint unsigned, paid tinyint(1), rank tinyint, day date, placed datetime(3),
    updated_at timestamp(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6) ON UPDATE CURRENT_TIMESTAMP(6), f4 float, f8 double, amount decimal(12,2), big decimal(40,2), flags bit(9), yes bit(1),
    mood enum('well','ill'), note text, raw varbinary(9), picture blob, extra json, span time, since year, place point, INDEX (updated_at))`,
  'CREATE TABLE `lines` (order_id bigint, line smallint, note varchar(200), PRIMARY KEY (order_id, line), UNIQUE (note(10)))',
  'CREATE TABLE log (at datetime, line text)',
  'CREATE VIEW paid AS SELECT order_id, updated_at FROM orders WHERE paid',
  'CREATE DATABASE other',
  'CREATE TABLE other.stock (sku varchar(20) PRIMARY KEY)',
  "CREATE USER 'clerk'@'localhost' IDENTIFIED BY 'clerk-p4ss'",
  "GRANT SELECT (order_id, updated_at) ON shop.orders TO 'clerk'@'localhost'",
]

beforeAll(async () => {
  server = await startMySql()
  for (const statement of SCHEMA) await server.sql(statement)
  access = await accessOf('orders_db', 'datasets', gatherConnection(`orders_db=${server.url}`))
}, 300_000)
afterAll(() => server?.stop())

async function drafted(table: string, as: Access = access) {
  const draft = draftExtract('orders', 'orders_db', await readDatabaseTable(as, table), { owner: 'me@example.com', key: [], others: [] })
  const parsed = parseContract(draft.text, 'orders.yml', 'orders')
  if (!parsed.ok) throw new Error(`${JSON.stringify(parsed.problems)}\n${draft.text}`)
  return { ...draft, contract: parsed.contract }
}

describe('a contract from a table of MySQL', () => {
  it('has the types, key, watermark and required columns of the database', async () => {
    const { contract, text, warnings } = await drafted('orders')
    expect(contract).toMatchObject({
      source: { jdbc: { connection: 'orders_db', table: 'orders', watermark: 'updated_at', split: { by: 'order_id', parts: 4 } } },
      primary_key: ['order_id'],
      quarantine: { rules: { missing_customer_no: 'customer_no IS NULL', missing_updated_at: 'updated_at IS NULL' } },
    })
    expect(Object.fromEntries(Object.entries(contract.columns).map(([name, { type }]) => [name, type]))).toEqual({
      ...{
        order_id: 'decimal(20,0)',
        customer_no: 'int',
        small: 'int',
        paid: 'boolean',
        rank: 'tinyint',
        day: 'date',
        placed: 'timestamp_ntz',
      },
      ...{
        updated_at: 'timestamp',
        f4: 'float',
        f8: 'double',
        amount: 'decimal(12,2)',
        big: 'string',
        flags: 'decimal(20,0)',
        yes: 'boolean',
      },
      ...{
        mood: 'string',
        note: 'string',
        raw: 'binary',
        picture: 'binary',
        extra: 'string',
        span: 'string',
        since: 'smallint',
        place: 'string',
      },
    })
    expect(contract.columns.customer_no?.from).toBe('Customer No')
    expect(text).toContain('paid: boolean # tinyint(1) in the database; a value but 0 and 1 is set aside')
    expect(text).toContain('big: string # decimal(40,2) in the database; a decimal has up to 38 digits')
    expect(warnings).toEqual([])
  })

  it('takes no index of the beginning of a text for a key', async () => {
    const { contract } = await drafted('lines')
    expect(contract).toMatchObject({ primary_key: ['order_id', 'line'], derive: { extracted: 'extract_id' } })
    await expect(drafted('log')).rejects.toThrow(
      'table log has no primary key that can be read: name the columns that identify a row with --key',
    )
    await expect(drafted('paid')).rejects.toThrow('table paid has no primary key')
  })

  it('names a table of another database with it', async () => {
    expect((await drafted('other.stock')).contract.source.jdbc).toMatchObject({ table: 'other.stock' })
    await expect(drafted('stock')).rejects.toThrow(
      'connection orders_db: there is no table stock, or the user may not read it; did you mean other.stock?',
    )
    await expect(drafted('order')).rejects.toThrow('did you mean orders?')
  })

  it('has what the user may read, and names the rest', async () => {
    const clerk = { ...access, username: 'clerk', password: 'clerk-p4ss' }
    await expect(readDatabaseTable(clerk, 'orders')).resolves.toMatchObject({
      columns: [{ name: 'order_id' }, { name: 'updated_at' }],
    })
    await expect(readDatabaseTable(clerk, 'lines')).rejects.toThrow('there is no table lines, or the user may not read it')
  })

  const failureOf = (change: Partial<Access>) => readDatabaseTable({ ...access, ...change }, 'orders').then(() => 'none', String)
  const at = (rest: string) => access.url.replace('/shop', rest)

  it('says what is wrong, and shows no password', async () => {
    const found = await Promise.all([
      failureOf({ password: 'wr0ng' }),
      failureOf({ url: at('/nothing') }),
      failureOf({ url: 'jdbc:mysql://127.0.0.1:1/shop' }),
      failureOf({ url: 'jdbc:mysql://no-such-host.invalid/shop' }),
    ])
    expect(found.map((message) => message.replace(/^UsageError: connection orders_db: /, ''))).toEqual([
      'the database refuses the user or the password; correct --connection',
      'there is no such database; correct the url',
      'the database cannot be reached from here; check the url, its network and whether it runs',
      'no host has this name; correct the url',
    ])
    expect(found.join()).not.toContain(PASSWORD)
  })

  it('speaks TLS where the url asks for it, and trusts a certificate only if it may', async () => {
    expect(await failureOf({ url: at('/shop?sslMode=REQUIRED') })).toBe('none')
    expect(await failureOf({ url: at('/shop?sslmode=verify_ca') })).toContain(
      'the certificate of the database is not trusted; correct sslMode',
    )
  })
})

describe('the type of a column', () => {
  it.each([
    ['int(10) unsigned', 'bigint'],
    ['mediumint(9)', 'int'],
    ['bigint(20) unsigned zerofill', 'decimal(20,0)'],
    ['decimal(38,10) unsigned', 'decimal(38,10)'],
    ["set('a','b')", 'string'],
    ['geometry', 'string'],
  ])('%s is %s', (type, expected) => {
    expect(contractType(type).type).toBe(expected)
  })
})
