import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execaSync } from 'execa'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { queryFolders } from '../../../../cli/query/duckdb.ts'
import { folderTables } from '../../../../cli/query/tables.ts'
import { UsageError } from '../../../../cli/usage-error.ts'
import { python } from '../../../../setup/places.mjs'

// Written by pyarrow. The second file is of an older contract, which had no `note`.
const WRITE = `
import sys, datetime, decimal, pathlib
import pyarrow as pa, pyarrow.parquet as pq
out = pathlib.Path(sys.argv[1])
at = datetime.datetime(2025, 1, 31, 23, 59, 59, 123456, tzinfo=datetime.timezone.utc)
money = pa.array([decimal.Decimal("12345678901234567.89")], pa.decimal128(19, 2))
def put(folder, columns):
    (out / folder).mkdir(parents=True)
    pq.write_table(pa.table(columns), out / folder / "a.parquet")
put("curated/orders/region=a%2Fb/code=007", {"id": ["x"], "amount": money, "at": pa.array([at], pa.timestamp("us", "UTC")), "note": ["hi"]})
put("curated/orders/region=__HIVE_DEFAULT_PARTITION__/code=010", {"id": ["y"], "amount": money, "at": pa.array([at], pa.timestamp("us", "UTC"))})
put("quarantine/orders/day=01", {"id": ["z"], "_errors": [["negative", "late"]]})
`
const folder = mkdtempSync(join(tmpdir(), 'sluice-query-'))
const batch = 'orders-20250101T000000Z-0a1b2c3d'
beforeAll(() => {
  execaSync(python, ['-c', WRITE, folder])
  mkdirSync(join(folder, 'runs', 'orders', batch), { recursive: true })
  const columns = { id: 'string', amount: 'decimal(19,2)', at: 'timestamp', note: 'string', region: 'string', code: 'string' }
  const manifest = {
    dataset: 'orders',
    batchId: batch,
    source: 'landings',
    contractVersion: 'v1',
    rows: { read: 1, written: 1, duplicates: 0, superseded: 0, quarantined: 0 },
    quarantinedByRule: {},
    partitions: [],
    quarantine: { files: [], hidden: [] },
    drift: { missing: {}, unknown: {} },
    missingObjects: [],
    table: { contractVersion: 'v1', columns, primaryKey: ['id'], partitionBy: ['region', 'code'] },
    input: { files: 1, bytes: 1 },
    metrics: {},
    startedAt: '2025-01-01T00:00:00Z',
    finishedAt: '2025-01-01T00:00:01Z',
  }
  writeFileSync(join(folder, 'runs', 'orders', batch, 'manifest.json'), JSON.stringify(manifest))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

async function ask(sql: string, limit?: number) {
  const { columns, rows } = await queryFolders(sql, await folderTables(folder), limit)
  const all = []
  for await (const row of rows) all.push(row)
  return { columns, rows: all }
}
const refused = (sql: string) => expect(ask(sql)).rejects

describe('a query over the folder of a run', () => {
  it('has each dataset and its bad rows as tables, with every value as it is', async () => {
    const { columns, rows } = await ask('SELECT id, amount, "at", note, region, code FROM orders ORDER BY id')
    expect(columns.map(({ name, type }) => `${name} ${type}`)).toEqual([
      'id VARCHAR',
      'amount DECIMAL(19,2)',
      'at TIMESTAMP',
      'note VARCHAR',
      'region VARCHAR',
      'code VARCHAR',
    ])
    const at = '2025-01-31 23:59:59.123456'
    expect(rows).toEqual([
      ['x', '12345678901234567.89', at, 'hi', 'a/b', '007'],
      ['y', '12345678901234567.89', at, null, null, '010'],
    ])
    expect((await ask('SELECT id, unnest(_errors) AS reason, day FROM orders_quarantine ORDER BY reason')).rows).toEqual([
      ['z', 'late', '01'],
      ['z', 'negative', '01'],
    ])
  })

  it('may end in a semicolon and a comment, and name two columns alike', async () => {
    expect(await ask('SELECT id AS a, code AS a FROM orders ORDER BY id LIMIT 1; -- first')).toMatchObject({ rows: [['x', '007']] })
  })

  it('gives no more rows than asked for', async () => {
    expect((await ask('SELECT * FROM range(100000)', 3)).rows).toEqual([['0'], ['1'], ['2']])
  })

  it('only reads, and only the tables', async () => {
    for (const sql of [
      'DROP VIEW orders',
      "COPY orders TO '/tmp/orders.csv'",
      'SELECT 1; SELECT 2',
      'SET threads = 1',
      "ATTACH '/tmp/x.db'",
    ])
      await refused(sql).toThrow(/give one SELECT: a query only reads/)
    await refused("SELECT * FROM read_text('/etc/hosts')").toThrow(/Cannot access file/)
  })

  it('says what is wrong with the SQL, and which table may be meant', async () => {
    await refused('SELECT * FROM ordrs').toThrow(/Table with name ordrs does not exist!\nDid you mean "orders"\?/)
    await refused('SELECT FROM').toThrow(UsageError)
    await refused('SELECT CAST(id AS INT) FROM orders').toThrow(/Could not convert string '(x|y)' to INT32/)
  })

  it('needs a folder with tables', async () => {
    await expect(folderTables(join(folder, 'runs'))).rejects.toThrow(/has no table; name the --output of `sluice run`/)
  })
})
