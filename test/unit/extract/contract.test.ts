import { mkdir, mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { checkConnections, gatherConnection } from '../../../cli/run/local-connections.ts'
import { unmetConnections } from '../../../cli/up/watch.ts'
import { parseConnection } from '../../../functions/domain/contract/connections/file.ts'
import { lagSeconds } from '../../../functions/domain/contract/fields/jdbc.ts'
import { parseContract } from '../../../functions/domain/contract/file.ts'
import { readContractsFolder } from '../../../infra/packaging/contract-files.ts'

const JDBC = 'connection: orders_db, table: public.orders'
const contract = (jdbc: string, more = 'latest_by: [at]') =>
  `dataset: orders\nowner: a@example.com\nsource: { jdbc: { ${jdbc} } }\ncolumns: { id: bigint, at: timestamp }\nprimary_key: [id]\n${more}\n`

function problemsOf(jdbc: string, more?: string) {
  const parsed = parseContract(contract(jdbc, more), 'orders.yml', 'orders')
  return parsed.ok ? [] : parsed.problems.map(({ field, message }) => `${field}: ${message}`)
}

describe('a contract with a database', () => {
  it('has Parquet in a folder for each extract, and registers its partitions without a crawler', () => {
    const parsed = parseContract(
      contract(`${JDBC}, split: { by: id, parts: 8 }, watermark: at, lag: 15 minutes, schedule: rate(1 hour)`),
      'orders.yml',
    )
    expect(parsed.ok && parsed.contract).toMatchObject({
      source: { format: 'parquet', partition_keys: ['extract_id'], jdbc: { connection: 'orders_db', lag: '15 minutes' } },
      crawl: 'never',
    })
  })

  it('may order its rows by a column that is derived from the extract', () => {
    expect(problemsOf(JDBC, 'derive: { extracted: extract_id }\nlatest_by: [extracted]')).toEqual([])
  })

  it.each([
    [`${JDBC}, lag: 5 minutes`, 'source.jdbc.lag: is about the watermark, and there is none; name the watermark or remove lag'],
    [`${JDBC}, watermark: at, lag: soon`, 'source.jdbc.lag: is a number with seconds, minutes, hours or days, such as 15 minutes'],
    [
      `${JDBC}, schedule: hourly`,
      'source.jdbc.schedule: must be rate(1 hour), or cron(0 6 * * ? *) with minute, hour, day of month, month, day of week and year in UTC',
    ],
    [`${JDBC}, schedule: rate(1 hours)`, 'source.jdbc.schedule: has one, so it is rate(1 hour)'],
    [`${JDBC}, split: { by: id, parts: 1 }`, 'source.jdbc.split.parts: must be at least 2'],
    [`${JDBC}, split: { by: id, parts: 2, method: ranges }`, 'source.jdbc.split.method: must be hash, or be left out'],
    ['connection: Orders-DB, table: orders', 'source.jdbc.connection: must be the name of a file of connections/, without its ending'],
    ['connection: db, table: "orders; drop"', 'source.jdbc.table: must be a table, or a schema and a table, such as public.orders'],
    [`${JDBC}, mode: windows`, 'source.jdbc.mode: must be full, or be left out'],
    [
      `${JDBC}, mode: full`,
      "source.jdbc.mode: needs extract_op, which is D in a row whose key is gone: a column such as op: { type: string, from: extract_op }, and delete_when: op = 'D'",
    ],
  ])('%s is refused with a sentence', (jdbc, problem) => {
    expect(problemsOf(jdbc)).toEqual([problem])
  })

  it('that is compared as a whole takes rows of removed keys for removals, and is split by its key alone', () => {
    const whole = (jdbc: string) => {
      const text = contract(
        `${JDBC}, mode: full${jdbc}`,
        "derive: { extracted: extract_id }\nlatest_by: [extracted]\ndelete_when: op = 'D'",
      )
      const parsed = parseContract(text.replace('at: timestamp', 'at: timestamp, op: { type: string, from: extract_op }'), 'orders.yml')
      return parsed.ok ? [] : parsed.problems.map(({ field, message }) => `${field}: ${message}`)
    }
    expect(whole(', split: { by: id, parts: 4 }')).toEqual([])
    expect(whole(', split: { by: at, parts: 4 }')).toEqual([
      'source.jdbc.split.by: must be a column of the key where mode is full, since the others may change while the table is read',
    ])
    expect(whole(', watermark: at')).toEqual([
      'source.jdbc.mode: reads the whole table each time, so a watermark has no use; remove one of the two',
    ])
  })

  it('must say which of two versions of a row is the newer', () => {
    expect(problemsOf(JDBC, '')).toEqual([
      'latest_by: is missing; extracts read a row again when it changes. Name the column of the watermark, or a derived one, such as derive: { extracted: extract_id }',
    ])
  })

  it('has times in seconds', () => {
    expect([lagSeconds('15 minutes'), lagSeconds('1 day'), lagSeconds('0 seconds')]).toEqual([900, 86_400, 0])
  })
})

const URL = 'url: jdbc:postgresql://db.example.com:5432/shop'
const problemsOfConnection = (text: string, file = 'connections/orders_db.yml') =>
  parseConnection(text, file).problems.map(({ line, field, message }) => `${line} ${field}: ${message}`)

describe('a file of connections', () => {
  it('names the database, its secret and its network', () => {
    const text = `${URL}\nsecret: orders-reader\nnetwork: { subnet_id: subnet-0a, security_group_ids: [sg-0a], availability_zone: us-east-1a }\n`
    expect(parseConnection(text, 'connections/orders_db.yml').connection).toMatchObject({ name: 'orders_db', secret: 'orders-reader' })
  })

  it.each([
    [`${URL}\n`, '1 secret: is missing'],
    ['url: jdbc:mariadb://db/shop\nsecret: s\n', /must begin with jdbc:mysql: , by which MariaDB is read too/],
    ['url: jdbc:mysql://db\nsecret: s\n', /must be jdbc:mysql:\/\/<host>:<port>\/<database>/],
    ['url: jdbc:mysql://db/shop?trustCertificateKeyStorePassword=p\nsecret: s\n', /holds a user or a password/],
    ['url: jdbc:oracle:thin:@db\nsecret: s\n', /must begin with jdbc:postgresql: or jdbc:mysql:/],
    [`${URL}?user=a&password=b\nsecret: s\n`, /holds a user or a password; put both into the secret/],
    [`${URL}\nsecret: s\nport: 5432\n`, '3 port: is not a field of a connection; there can be url, secret, kms_key, network'],
    [`${URL}\nsecret: s\nnetwork: { subnet_id: mine, security_group_ids: [sg-0a], availability_zone: a }\n`, /must be the id of a subnet/],
  ])('%s is refused with a sentence', (text, problem) => {
    expect(problemsOfConnection(text)).toEqual([typeof problem === 'string' ? problem : expect.stringMatching(problem)])
  })

  it('is looked for beside the folder of contracts, and a missing one is named where it is asked for', async () => {
    const root = await mkdtemp(join(tmpdir(), 'sluice-connections-'))
    const folder = join(root, 'datasets')
    await Promise.all([mkdir(folder), mkdir(join(root, 'connections'))])
    await writeFile(join(folder, 'orders.yml'), contract(JDBC))
    const missing = await readContractsFolder(folder)
    expect(missing.problems).toEqual([
      {
        file: join(folder, 'orders.yml'),
        line: 3,
        field: 'source.jdbc.connection',
        message: `names connection "orders_db", but there is no file ${join(root, 'connections', 'orders_db.yml')}`,
      },
    ])
    await writeFile(join(root, 'connections', 'orders_db.yml'), `${URL}\nsecret: s\n`)
    const found = await readContractsFolder(folder)
    expect([found.problems, found.connections.get('orders_db')?.secret]).toEqual([[], 's'])
  })
})

describe('--connection', () => {
  it('takes a URL with credentials, which it separates from the address', () => {
    expect(gatherConnection('orders_db=postgresql://an%40a:p%C3%A4ss@127.0.0.1:5432/shop?ssl=true')).toEqual([
      {
        kind: 'jdbc',
        name: 'orders_db',
        url: 'jdbc:postgresql://127.0.0.1:5432/shop?ssl=true',
        username: 'an@a',
        password: 'päss',
      },
    ])
  })

  it('takes MySQL too', () => {
    const [connection] = gatherConnection('orders_db=mysql://a:b@127.0.0.1:3306/shop?sslMode=REQUIRED')
    expect(connection).toMatchObject({ kind: 'jdbc', url: 'jdbc:mysql://127.0.0.1:3306/shop?sslMode=REQUIRED' })
  })

  it.each(['orders_db', 'orders_db=oracle://a:secret@h/d', 'orders_db=postgresql://a:secret@h', '=postgresql://a:secret@h/d'])(
    'refuses %s, and shows no password',
    (text) => {
      expect(() => gatherConnection(text)).toThrow(/^--connection: give <name>=postgresql/)
      expect(() => gatherConnection(text)).not.toThrow(/secret/)
    },
  )

  it('must be there for each connection that a contract names, and for no other', () => {
    const parsed = parseContract(contract(JDBC), 'orders.yml')
    const contracts = parsed.ok ? [parsed.contract] : []
    expect(() => checkConnections(contracts, [])).toThrow(/dataset orders reads connection orders_db: give --connection orders_db=/)
    expect(() => checkConnections(contracts, gatherConnection('orders_db=postgresql://a:b@h/d'))).not.toThrow()
    // A contract that is saved while the pipeline runs cannot bring one.
    expect(unmetConnections(contracts)).toEqual([
      expect.stringMatching(
        /^dataset orders reads connection orders_db: stop with Ctrl-C, then add --connection orders_db=.* to the command/,
      ),
    ])
    expect(unmetConnections(contracts, gatherConnection('orders_db=postgresql://a:b@h/d'))).toEqual([])
    const other = gatherConnection('other=postgresql://a:b@h/d', gatherConnection('orders_db=postgresql://a:b@h/d'))
    expect(() => checkConnections(contracts, other)).toThrow(/no contract names this connection; they name orders_db/)
  })
})
