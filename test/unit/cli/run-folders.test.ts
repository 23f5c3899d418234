import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { writeMonthlyFiles } from '../../../cli/demo/monthly-files.ts'
import { readInputWaves, tellPassedOver } from '../../../cli/run/input-waves.ts'
import { checkOutput, openOutput } from '../../../cli/run/output-folder.ts'
import { watchFolder } from '../../../cli/up/watched-folder.ts'
import type { Contract } from '../../../functions/domain/contract/contract.ts'
import { parseContract } from '../../../functions/domain/contract/file.ts'
import { root } from '../../../setup/places.mjs'
import { ORDERS } from '../contract/orders.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-folders-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const put = (path: string, text = 'x') => {
  mkdirSync(dirname(join(folder, path)), { recursive: true })
  writeFileSync(join(folder, path), text)
}
const contracts = () => {
  const parsed = parseContract(ORDERS, 'orders.yml')
  return parsed.ok ? [parsed.contract as Contract] : []
}

const filesIn = (where: string) =>
  Object.fromEntries(
    readdirSync(where, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .sort()
      .map((file) => [relative(where, file), readFileSync(file, 'utf8')]),
  )

describe('input folders', () => {
  it('of a dataset with a stream have files of records, and may have files of its partitions', async () => {
    const written = ORDERS.replace(/source:.*?(?=\ncolumns)/s, 'source: { kinesis: { stream: orders } }')
    const parsed = parseContract(written, 'orders.yml')
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems))
    put('orders/a.jsonl')
    put('orders/.a.jsonl.tmp')
    put('orders/arrival_date=2025-01-01/b.json')
    put('orders/2025/c.json')
    const [wave] = await readInputWaves([folder], [parsed.contract])
    expect(wave?.files).toBe(2)
    expect(wave?.passedOver.map(({ path }) => path)).toEqual(['orders/2025/c.json'])
  })

  it('count what a batch will read, and name what none will, with the reason', async () => {
    put('orders/ingest_date=2025-01-01/a.csv')
    put('orders/ingest_date=2025-01-01/_temporary/0/b.csv')
    put('orders/ingest_date=2025-01-01/_SUCCESS')
    put('orders/ingest_date=2025-01-01/.a.csv.crc')
    put('orders/ingest_date=2025-01-01/empty.csv', '')
    put('orders/ingest_date=a%2Fb/c.csv')
    put('orders/2025/d.csv')
    put('orders/d.csv')
    put('returns/c.csv')
    put('readme.txt')

    const [wave] = await readInputWaves([folder], contracts())
    expect(wave?.files).toBe(1)
    expect(tellPassedOver(wave ?? { passedOver: [] })).toEqual([
      'ignored, because its path does not match orders/ingest_date=…/<file>: orders/2025/d.csv, orders/d.csv',
      'ignored, because it is empty: orders/ingest_date=2025-01-01/empty.csv',
      expect.stringMatching(/^ignored, because a partition value is empty.* a slash.*: orders\/ingest_date=a%2Fb\/c\.csv$/),
      'ignored, because no contract has this folder: readme.txt, returns/c.csv',
    ])
  })

  it('name what cannot land without control characters', async () => {
    put('orders/ingest_date=2025-01-01/a.csv')
    put('orders/ingest_date=2025-01-01/\x1b[2J\u009b31m.csv')
    symlinkSync('nowhere', join(folder, 'orders', 'ingest_date=2025-01-01', 'b.csv'))
    const [wave] = await readInputWaves([folder], contracts())
    expect([wave?.files, ...tellPassedOver(wave ?? { passedOver: [] })]).toEqual([
      1,
      String.raw`ignored, because its name has control characters: orders/ingest_date=2025-01-01/\u001b[2J\u009b31m.csv`,
      'ignored, because it is a link to nothing: orders/ingest_date=2025-01-01/b.csv',
    ])
  })

  it('name a handful of many, and count the rest', async () => {
    put('orders/ingest_date=2025-01-01/a.csv')
    for (let index = 0; index < 8; index += 1) put(`orders/${index}.csv`)
    const [wave] = await readInputWaves([folder], contracts())
    expect(tellPassedOver(wave ?? { passedOver: [] })).toEqual([expect.stringMatching(/: orders\/0\.csv, .*orders\/4\.csv and 3 more$/)])
  })

  it('are refused when no batch would read anything, with the reason', async () => {
    put('orders/d.csv')
    await expect(readInputWaves([folder], contracts())).rejects.toThrow(
      /has no file for any of the contracts; expected .*orders\/ingest_date=…\/<file>; ignored, because .*: orders\/d\.csv/,
    )
  })

  it('are refused all at once, each by name', async () => {
    put('file')
    mkdirSync(join(folder, 'empty'))
    const wrong = readInputWaves([join(folder, 'file'), join(folder, 'empty'), join(folder, 'none')], contracts())
    await expect(wrong).rejects.toThrow(/file: is not a folder[\s\S]*empty: has no file[\s\S]*none: there is no such folder/)
  })
})

describe('the output folder', () => {
  const output = () => join(folder, 'deep', 'out')
  /** A run that leaves one file of these contents. */
  async function run(results: Record<string, string>) {
    const opened = await openOutput(output())
    for (const [name, text] of Object.entries(results)) {
      mkdirSync(join(opened.results, dirname(name)), { recursive: true })
      writeFileSync(join(opened.results, name), text)
    }
    return opened
  }
  const existing = () => filesIn(output())

  it('is made, and holds what the last run left, all of it and nothing else', async () => {
    const both: Record<string, string>[] = [
      { 'curated/a': '1', 'quarantine/a': '1', 'runs/a': '1' },
      { 'curated/b': '2', 'runs/b': '2' },
    ]
    for (const results of both) {
      const opened = await run(results)
      await opened.replaceEarlier()
      opened.close()
      expect(existing()).toEqual(results)
    }
    expect(readdirSync(output()).sort()).toEqual(['curated', 'runs'])
  })

  it('keeps the results of an earlier run while the next one works, and when that comes to nothing', async () => {
    const first = await run({ 'curated/a': '1' })
    await first.replaceEarlier()
    first.close()
    const second = await run({ 'curated/b': '2' })
    expect(readFileSync(join(output(), 'curated', 'a'), 'utf8')).toBe('1')
    second.close()
    expect(existing()).toEqual({ 'curated/a': '1' })
  })

  it('refuses a second run, naming the first, and takes over the lock of a run that has ended', async () => {
    const first = await run({})
    await expect(openOutput(output())).rejects.toThrow(`another run writes to it (process ${process.pid})`)
    first.close()
    const gone = spawnSync(process.execPath, ['-e', '']).pid
    for (const owner of [{ pid: gone, host: hostname(), began: '1' }, { pid: process.pid, host: hostname(), began: '1' }, 'nonsense']) {
      mkdirSync(join(output(), '.sluice-run'), { recursive: true })
      writeFileSync(join(output(), '.sluice-run', 'lock'), JSON.stringify(owner))
      const next = await run({})
      next.close()
    }
    mkdirSync(join(output(), '.sluice-run'))
    writeFileSync(join(output(), '.sluice-run', 'lock'), JSON.stringify({ pid: 1, host: 'elsewhere', began: '' }))
    await expect(openOutput(output())).rejects.toThrow('another run writes to it (process 1 on elsewhere)')
  })

  it('is whole again at the next run when the end of one was cut off, wherever that was', async () => {
    const moves = ['curated', 'quarantine', 'runs']
    for (let done = 0; done <= moves.length; done += 1) {
      rmSync(output(), { recursive: true, force: true })
      for (const name of moves) {
        // Moved already, moved away and not yet replaced, or untouched.
        const place = (...parts: string[]) => mkdirSync(join(output(), ...parts, name), { recursive: true })
        const index = moves.indexOf(name)
        if (index < done) place()
        else place('.sluice-run', 'whole')
        place('.sluice-run', 'earlier')
        if (index < done) writeFileSync(join(output(), name, 'new'), 'new')
        else writeFileSync(join(output(), '.sluice-run', 'whole', name, 'new'), 'new')
        if (index > done) {
          place()
          writeFileSync(join(output(), name, 'old'), 'old')
        }
      }
      const next = await openOutput(output())
      next.close()
      expect(existing()).toEqual({ 'curated/new': 'new', 'quarantine/new': 'new', 'runs/new': 'new' })
    }
  })

  it('is not touched when it holds anything else', async () => {
    put('out/thesis.txt')
    put('out/curated/x')
    await expect(checkOutput(join(folder, 'out'))).rejects.toThrow(/thesis\.txt/)
    expect(readdirSync(join(folder, 'out')).sort()).toEqual(['curated', 'thesis.txt'])
  })

  it('cannot be a file', async () => {
    put('out')
    await expect(checkOutput(join(folder, 'out'))).rejects.toThrow(/is a file/)
  })
})

describe('the monthly files of the demo', () => {
  it('hold every invoice once, and corrections to invoices of the first wave', () => {
    const csv = join(root, 'examples', 'online-retail', 'online-retail-invoices.csv')
    const waves = writeMonthlyFiles(csv, folder)
    const rowsOf = (wave: string) =>
      readdirSync(wave, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile() && entry.name !== 'corrections.csv')
        .flatMap((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8').trimEnd().split('\n').slice(1))
    const all = readFileSync(csv, 'utf8').trimEnd().split('\n').slice(1)

    expect([...rowsOf(waves.first), ...rowsOf(waves.second)].sort()).toEqual(all.sort())
    expect(waves).toMatchObject({ months: { first: 23, second: 2 }, files: { first: 23, second: 3 }, corrections: 86 })
    expect(waves.example).toEqual({ invoice: '489434', before: '505.30', after: '454.77' })
  })
})

describe('the watched folder', () => {
  it('lands a file once it has stood still, and again when it changes', async () => {
    const landed: string[][] = []
    const watched = watchFolder(folder)
    const look = () =>
      watched.landReady(async (copy) =>
        landed.push(readdirSync(copy, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.csv'))),
      )
    put('orders/a.csv')
    put('orders/.a.csv.part')

    expect([await look(), await look(), await look()]).toEqual([0, 1, 0])
    put('orders/a.csv', 'changed')
    expect([await look(), await look()]).toEqual([0, 1])
    expect(landed).toEqual([['orders/a.csv'], ['orders/a.csv']])
  })
})
