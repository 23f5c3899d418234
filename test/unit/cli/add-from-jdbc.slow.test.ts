import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { mockClient } from 'aws-sdk-client-mock'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Access, accessOf } from '../../../cli/add/database/access.ts'
import { draftExtract } from '../../../cli/add/database/extract-contract.ts'
import { contractType } from '../../../cli/add/database/postgres/types.ts'
import { readDatabaseTable } from '../../../cli/add/database/read-database.ts'
import { readSource } from '../../../cli/add/sources.ts'
import { gatherConnection } from '../../../cli/run/local-connections.ts'
import { parseContract } from '../../../functions/domain/contract/file.ts'
import { PASSWORD, type Sql, startPostgres, USER } from '../../e2e/postgres.ts'

let server: Awaited<ReturnType<typeof startPostgres>>
let sql: Sql
let access: Access
const folder = mkdtempSync(join(tmpdir(), 'sluice-add-jdbc-'))
const secrets = mockClient(SecretsManagerClient)

beforeAll(async () => {
  server = await startPostgres()
  sql = await server.connect()
  access = await accessOf('orders_db', 'datasets', gatherConnection(`orders_db=${server.url}`))
  for (const statement of SCHEMA) await sql(statement)
})
afterAll(async () => {
  secrets.restore()
  rmSync(folder, { recursive: true, force: true })
  await server.stop()
})

/** Domains and an enum; each type that the table of types knows, and some that it does not. */
const SCHEMA = [
  'CREATE SCHEMA shop',
  "CREATE TYPE mood AS ENUM ('well', 'ill')",
  'CREATE DOMAIN cents AS numeric(12,2) NOT NULL',
  'CREATE DOMAIN price AS cents CHECK (VALUE >= 0)',
  'CREATE DOMAIN picture AS bytea',
  `CREATE TABLE shop.orders (
    order_id bigint PRIMARY KEY, "Customer No" int NOT NULL, small smallint, paid boolean, day date, placed timestamp(3), updated_at timestamptz NOT NULL, f4 real, f8 float8,
    amount numeric(12,2), big numeric(40,2), any_number numeric, unit price, mood mood, note text, code char(5), raw bytea, image picture, tags text[], extra jsonb, span interval,
    guid uuid, extract_id int, gone int)`,
  'ALTER TABLE shop.orders DROP COLUMN gone',
  'CREATE INDEX ON shop.orders (updated_at)',
  'CREATE TABLE lines (order_id bigint, line smallint, created_at timestamptz, updated_by int, PRIMARY KEY (order_id, line))',
  'CREATE INDEX ON lines (created_at)',
  'CREATE TABLE stock (sku text NOT NULL UNIQUE, on_hand int, row_version bigint NOT NULL UNIQUE)',
  'CREATE TABLE counters (id int PRIMARY KEY, version int NOT NULL, modified_on timestamp)',
  'CREATE TABLE log (at timestamptz, line text, email text UNIQUE)',
  'CREATE TABLE wages (id int PRIMARY KEY, amount int)',
  'CREATE VIEW paid AS SELECT order_id, updated_at FROM shop.orders WHERE paid',
  "CREATE USER clerk PASSWORD 'clerk-p4ss'",
  'GRANT USAGE ON SCHEMA shop TO clerk',
  'GRANT SELECT (order_id, updated_at) ON shop.orders TO clerk',
]

const WISHES = { owner: 'me@example.com', key: [] as string[], others: [] }

async function drafted(table: string, key: string[] = [], as: Access = access) {
  const draft = draftExtract('orders', 'orders_db', await readDatabaseTable(as, table), { ...WISHES, key })
  const parsed = parseContract(draft.text, 'orders.yml', 'orders')
  if (!parsed.ok) throw new Error(`${JSON.stringify(parsed.problems)}\n${draft.text}`)
  return { ...draft, contract: parsed.contract }
}

describe('a contract from a table of a database', () => {
  it('has the types, key, watermark and required columns of the database', async () => {
    const { contract, text, warnings } = await drafted('shop.orders')
    expect(contract).toMatchObject({
      source: {
        jdbc: {
          ...{ connection: 'orders_db', table: 'shop.orders', watermark: 'updated_at', lag: '15 minutes' },
          split: { by: 'order_id', parts: 4 },
        },
      },
      primary_key: ['order_id'],
      latest_by: ['updated_at'],
      quarantine: {
        rules: { missing_customer_no: 'customer_no IS NULL', missing_updated_at: 'updated_at IS NULL', missing_unit: 'unit IS NULL' },
      },
    })
    expect(Object.fromEntries(Object.entries(contract.columns).map(([name, { type }]) => [name, type]))).toEqual({
      ...{ order_id: 'bigint', customer_no: 'int', small: 'smallint', paid: 'boolean', day: 'date', placed: 'timestamp_ntz' },
      ...{ updated_at: 'timestamp', f4: 'float', f8: 'double', amount: 'decimal(12,2)', big: 'string', any_number: 'string' },
      ...{ unit: 'decimal(12,2)', mood: 'string', note: 'string', code: 'string', raw: 'binary', image: 'string', tags: 'string' },
      ...{ extra: 'string', span: 'string', guid: 'string', extract_id_2: 'int' },
    })
    expect(contract.columns.customer_no?.from).toBe('Customer No')
    expect(contract.columns.extract_id_2?.from).toBe('extract_id')
    expect(text).toContain('big: string # numeric(40,2) in the database; a decimal has up to 38 digits')
    expect(text).toContain('any_number: string # numeric without a scale in the database')
    expect(text).toContain('tags: string # text[] in the database; comes as a JSON text')
    expect(text).toContain('span: string # interval in the database')
    expect(text).toMatch(/lag: 15 minutes\n +# Extracts read rows whose updated_at has grown/)
    expect(text).not.toContain('scans the table')
    expect(warnings).toEqual([])
  })

  it('reads the whole table where only an index, or a person, looks like a watermark', async () => {
    const { contract, text } = await drafted('lines')
    expect(contract).toMatchObject({
      primary_key: ['order_id', 'line'],
      derive: { extracted: 'extract_id' },
      latest_by: ['extracted'],
      source: { jdbc: { table: 'public.lines', split: { by: 'order_id' } } },
    })
    expect(contract.source.jdbc).not.toHaveProperty('watermark')
    expect(text).toContain('each extract reads the whole table')
    expect(text).toContain('created_at is indexed, and would do if every change of a row set it')
  })

  it('takes a number for a watermark if it is unique, not a counter of each row', async () => {
    const { contract, text, warnings } = await drafted('stock')
    expect(contract).toMatchObject({ primary_key: ['sku'], source: { jdbc: { watermark: 'row_version' } } })
    expect(contract.source.jdbc).not.toHaveProperty('lag')
    expect(text).toContain('A number has no lag')
    expect(warnings).toEqual(['table public.stock has no primary key; sku has a unique index'])
    const counters = await drafted('counters')
    expect(counters.contract.source.jdbc?.watermark).toBe('modified_on')
    for (const words of ['scans the table', 'It may be NULL', 'counts as UTC']) expect(counters.text).toContain(words)
  })

  it('has the key that you name, and tells when the database does not keep it', async () => {
    await expect(drafted('log')).rejects.toThrow(/public\.log has no primary key .* with --key, from at, line, email/)
    expect((await drafted('log', ['email'])).warnings).toEqual([
      'the database does not keep email unique: of rows with one key, the table keeps one',
    ])
    expect(await drafted('stock', ['sku'])).toMatchObject({ primaryKey: ['sku'], warnings: [] })
    await expect(drafted('log', ['emial'])).rejects.toThrow(
      /--key emial: table public\.log does not have this column; did you mean email\?/,
    )
    expect((await drafted('paid', ['order_id'])).contract.source.jdbc).toMatchObject({ table: 'public.paid', watermark: 'updated_at' })
  })

  it('leaves out what the user may not read', async () => {
    const clerk = { ...access, username: 'clerk', password: 'clerk-p4ss' }
    const { contract, warnings } = await drafted('shop.orders', [], clerk)
    expect(Object.keys(contract.columns)).toEqual(['order_id', 'updated_at'])
    expect(warnings).toContain('column note is left out, since the user may not read it')
    await expect(drafted('wages', [], clerk)).rejects.toThrow(/the user may not read table public\.wages; grant it SELECT/)
  })

  it.each(['5,0', '12,2', '38,38', '3,-2', '2,4', '38,-1', '20,19'])('has room for every numeric(%s)', async (lengths) => {
    const [precision = 0, scale = 0] = lengths.split(',').map(Number)
    const [row] = await sql(`SELECT (('${'9'.repeat(precision)}e${-scale}')::numeric(${lengths}))::text AS largest`)
    const [whole = '', fraction = ''] = (row?.largest ?? '').split('.')
    const [, digits, decimals] = /^decimal\((\d+),(\d+)\)$/.exec(contractType(`numeric(${lengths})`).type) ?? []
    if (digits === undefined) return expect(whole.length).toBeGreaterThan(38)
    expect(fraction.length).toBeLessThanOrEqual(Number(decimals))
    expect(whole.replace(/^0$/, '').length).toBeLessThanOrEqual(Number(digits) - Number(decimals))
  })
})

describe('what a database refuses is a sentence without a password', () => {
  const refused = async (changes: Partial<Access>, table = 'lines') => {
    const error: Error = await readDatabaseTable({ ...access, ...changes }, table).then(
      () => new Error('nothing was refused'),
      (thrown) => thrown,
    )
    expect(error.name).toBe('UsageError')
    expect(error.message).not.toContain(PASSWORD)
    expect(error.message).not.toContain('wr0ng')
    return error.message
  }
  const at = (port: string | number, host = '127.0.0.1', database = 'postgres') => `jdbc:postgresql://${host}:${port}/${database}`
  const port = () => new URL(server.url).port

  it.each([
    ['Lines', 'there is no table Lines; did you mean lines?'],
    ['shop.order', 'there is no table shop.order; did you mean shop.orders?'],
    ['orders', 'there is no table orders; did you mean shop.orders?'],
    ['quite_another', 'there is no table quite_another'],
    ['"lines"', '--from-jdbc orders_db "lines": must be a table, or a schema and a table, such as public.orders'],
  ])('a table %s that is not there', async (table, message) => {
    const prefix = message.startsWith('there') ? 'connection orders_db: ' : ''
    expect(await refused({}, table)).toBe(prefix + message)
  })

  it('wrong credentials, a wrong database, an unreachable host', async () => {
    expect(await refused({ password: 'wr0ng' })).toBe(
      'connection orders_db: the database refuses the user or the password; correct --connection',
    )
    expect(await refused({ url: at(port(), '127.0.0.1', 'nothing') })).toBe(
      'connection orders_db: there is no such database; correct the url',
    )
    expect(await refused({ url: at(1) })).toMatch(/cannot be reached from here; check the url, its network and whether it runs$/)
    expect(await refused({ url: at(5432, 'no-such-host.invalid') })).toMatch(/no host has this name; correct the url$|cannot be reached/)
    expect(await refused({ url: `${at(port())}?sslmode=require` })).toMatch(/does not speak TLS/)
  })
})

describe('a connection without --connection', () => {
  const contracts = join(folder, 'datasets')
  const write = (name: string, text: string) => {
    mkdirSync(join(folder, 'connections'), { recursive: true })
    writeFileSync(join(folder, 'connections', name), text)
  }
  const source = (connection: string) => readSource({ fromJdbc: [connection, 'shop.orders'], contracts, key: [] })

  it('is read from its file, and user and password from the secret', async () => {
    write('orders_db.yml', `url: jdbc:postgresql://127.0.0.1:${new URL(server.url).port}/postgres\nsecret: orders-reader\n`)
    secrets
      .on(GetSecretValueCommand, { SecretId: 'orders-reader' })
      .resolves({ SecretString: JSON.stringify({ username: USER, password: PASSWORD }) })
    expect(await source('orders_db')).toMatchObject({
      read: 'Read the columns of shop.orders over connection orders_db',
      connection: 'orders_db',
    })
    secrets.on(GetSecretValueCommand).resolves({ SecretString: JSON.stringify({ username: USER, password: 'wr0ng' }) })
    await expect(source('orders_db')).rejects.toThrow(/refuses the user or the password; correct secret orders-reader$/)
    secrets.on(GetSecretValueCommand).resolves({ SecretString: 'wr0ng' })
    await expect(source('orders_db')).rejects.toThrow(
      /^connection orders_db: secret orders-reader must be a JSON object with username and password$/,
    )
    secrets.on(GetSecretValueCommand).rejects(Object.assign(new Error(), { name: 'ResourceNotFoundException' }))
    await expect(source('orders_db')).rejects.toThrow(
      /secret orders-reader cannot be read \(ResourceNotFoundException\); correct its name, the region/,
    )
  })

  it('that has no file, or a wrong one, is a sentence', async () => {
    write('orders_db.yml', 'url: jdbc:postgresql://db/shop\nsecret: orders-reader\n')
    await expect(source('order_db')).rejects.toThrow(
      /there is no file .*order_db\.yml; did you mean orders_db\?; write it, or give --connection order_db=/,
    )
    write('broken.yml', 'url: jdbc:oracle:thin\nsecret: a\n')
    await expect(source('broken')).rejects.toThrow(/broken\.yml:1 url must begin with jdbc:postgresql:/)
    await expect(readSource({ fromJdbc: ['orders_db'], contracts, key: [] })).rejects.toThrow(/give a connection and a table, such as/)
    await expect(readSource({ from: 'a.csv', fromJdbc: ['a', 'b'], contracts, key: [] })).rejects.toThrow(
      /^give one of --from <file>, --from-table/,
    )
    const given = gatherConnection('other=postgresql://a:b@c/d')
    await expect(readSource({ fromJdbc: ['orders_db', 'a'], contracts, key: [], connection: given })).rejects.toThrow(
      '--connection other: --from-jdbc names connection orders_db',
    )
  })
})
