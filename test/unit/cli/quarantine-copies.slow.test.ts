import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { execa } from 'execa'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { python, pythonEnvironment, root } from '../../../setup/places.mjs'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-copies-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const program = (work: string) => [
  '--import',
  import.meta.resolve('tsx'),
  '--input-type=module',
  '--eval',
  `import { writeFileSync } from 'node:fs'
   import { setTimeout as sleep } from 'node:timers/promises'
   const { withCopies } = await import(${JSON.stringify(join(root, 'cli', 'quarantine', 'copies.ts'))})
   await withCopies(async (folder) => {
     writeFileSync(folder + '/rows', 'secret')
     process.stdout.write(folder + '\\n')
     ${work}
   })`,
]

describe('copies of quarantined rows', () => {
  it.each([
    ['when the work is done', ''],
    ['when the work fails', 'throw new Error("no")'],
    ['when the process leaves in the middle', 'process.exit(3)'],
    ['after SIGINT', 'await sleep(60_000)', 'SIGINT'],
    ['after SIGTERM', 'await sleep(60_000)', 'SIGTERM'],
    ['after SIGHUP', 'await sleep(60_000)', 'SIGHUP'],
  ] as [string, string, NodeJS.Signals?][])('are for the user alone and gone %s', async (_when, work, signal) => {
    const child = spawn(process.execPath, program(work))
    const [line] = await once(child.stdout, 'data')
    const copies = String(line).trim()
    if (signal) {
      // Above the copies of one piece of work: what was fetched, of this process.
      for (const each of [copies, dirname(copies), dirname(dirname(copies))]) expect(statSync(each).mode & 0o777).toBe(0o700)
      child.kill(signal)
    }
    const [, endedBy] = child.exitCode === null && child.signalCode === null ? await once(child, 'close') : [0, child.signalCode]
    expect(existsSync(dirname(dirname(copies)))).toBe(false)
    expect(endedBy).toBe(signal ?? null)
  })
})

describe('an export', () => {
  const CELLS = [
    '=1+1',
    '+1',
    '-2.50',
    '-2+3',
    '@SUM(A1)',
    '\t=1',
    '\r=1',
    '\n=1',
    '＝1',
    "'=1",
    'a=1',
    '1e5',
    '-1e5',
    '',
    'x',
    '-',
    '+49 170',
  ]
  const MARKED = ['=1+1', '-2+3', '@SUM(A1)', '\t=1', '\r=1', '\n=1', '＝1', '-', '+49 170']

  /** As Python's own reader has it. */
  async function exported(kind: string): Promise<{ said: unknown; cells: string[] }> {
    const file = join(folder, 'day==1', 'a.parquet')
    mkdirSync(dirname(file))
    const cells = join(folder, 'cells.json')
    writeFileSync(cells, JSON.stringify(CELLS))
    const make = `import json, sys, pyarrow as pa, pyarrow.parquet as pq
cells = json.load(open(sys.argv[1], encoding="utf-8"))
pq.write_table(pa.table({"value": cells, "_errors": [["bad"]] * len(cells)}), sys.argv[2])`
    const read = `import csv, json, sys
print(json.dumps([row["value"] for row in csv.DictReader(open(sys.argv[1], encoding="utf-8", newline=""))]))`
    const env = pythonEnvironment()
    await execa(python, ['-c', make, cells, file], { env })
    const output = join(folder, 'out')
    const { stdout } = await execa(python, [join(root, 'cli', 'quarantine', 'spark', 'export.py'), folder, kind, output], { env })
    if (kind === 'jsonl') {
      const rows = readFileSync(output, 'utf8').trimEnd().split('\n')
      return { said: JSON.parse(stdout), cells: rows.map((row) => JSON.parse(row).value) }
    }
    return { said: JSON.parse(stdout), cells: JSON.parse((await execa(python, ['-c', read, output], { env })).stdout) }
  }

  it('marks what a spreadsheet would run as a formula, counts it, and leaves numbers alone', async () => {
    const { said, cells } = await exported('csv')
    expect(cells).toEqual(CELLS.map((cell) => (MARKED.includes(cell) ? `'${cell}` : cell)))
    // The day of each row's folder begins with = too.
    expect(said).toEqual({ rows: CELLS.length, marked: MARKED.length + CELLS.length })
  })

  it.each(['csv-raw', 'jsonl'])('changes nothing for a program: %s', async (kind) => {
    expect(await exported(kind)).toEqual({ said: { rows: CELLS.length, marked: 0 }, cells: CELLS })
  })
})
