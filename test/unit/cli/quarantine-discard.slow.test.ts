import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { python, pythonEnvironment, root } from '../../../setup/places.mjs'

const env = pythonEnvironment()
let folder: string

// Two files of one batch: the second has only rows of one source file.
const MAKE = `import sys, pyarrow as pa, pyarrow.parquet as pq
def write(path, rows):
    names = ["id", "_errors", "_source_file"]
    table = pa.table({name: [row[at] for row in rows] for at, name in enumerate(names)})
    pq.write_table(table.replace_schema_metadata({"made": "by hand"}), path, row_group_size=2)
a, b = "s3://raw/raw/orders/day=1/a.csv", "s3://raw/raw/orders/day=1/ba.csv"
write(sys.argv[1], [("1", ["negative"], a), ("2", ["large"], a), ("3", ["negative", "large"], b), (None, ["malformed"], b)])
write(sys.argv[2], [("4", ["negative"], b)])`
const READ = `import json, sys, pyarrow.parquet as pq
table = pq.read_table(sys.argv[1])
print(json.dumps([table["id"].to_pylist(), table["_errors"].to_pylist(), (table.schema.metadata or {}).get(b"made", b"").decode()]))`

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-discard-'))
  mkdirSync(join(folder, 'in', 'day=1'), { recursive: true })
  await execa(python, ['-c', MAKE, join(folder, 'in', 'day=1', 'x.parquet'), join(folder, 'in', 'day=1', 'y.parquet')], { env })
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

async function discard(rule: string, file: string) {
  const rest = join(folder, `rest-${rule}-${file.replaceAll('/', '-')}`)
  const { stdout } = await execa(python, [join(root, 'cli', 'quarantine', 'spark', 'discard.py'), join(folder, 'in'), rest, rule, file], {
    env,
  })
  const left = join(rest, 'day=1', 'x.parquet')
  const kept = existsSync(left) ? JSON.parse((await execa(python, ['-c', READ, left], { env })).stdout) : undefined
  expect(existsSync(join(rest, 'day=1', 'y.parquet'))).toBe(false)
  return { found: JSON.parse(stdout), kept }
}

it('keeps, in the same file, the rows that another rule has set aside, unchanged', async () => {
  expect(await discard('negative', '')).toEqual({
    found: {
      rows: 3,
      reasons: { negative: 3, large: 1 },
      files: [
        { key: 'day=1/x.parquet', discarded: 2, left: 2 },
        { key: 'day=1/y.parquet', discarded: 1, left: 0 },
      ],
    },
    kept: [['2', null], [['large'], ['malformed']], 'by hand'],
  })
})

it.each(['s3://raw/raw/orders/day=1/a.csv', 'day=1/a.csv', 'a.csv'])(
  'knows a source file by its address or the end of it: %s',
  async (file) => {
    const { found, kept } = await discard('', file)
    expect(found).toMatchObject({ rows: 2, files: [{ discarded: 2, left: 2 }] })
    expect(kept[0]).toEqual(['3', null])
  },
)

it('takes only rows that rule and file select', async () => {
  expect((await discard('large', 'ba.csv')).found).toMatchObject({ rows: 1, reasons: { negative: 1, large: 1 } })
  expect((await discard('missing', '')).found).toEqual({ rows: 0, reasons: {}, files: [] })
})

it('leaves no file where every row goes', async () => {
  expect(await discard('', '')).toMatchObject({ found: { rows: 5, files: [{ left: 0 }, { left: 0 }] }, kept: undefined })
})
