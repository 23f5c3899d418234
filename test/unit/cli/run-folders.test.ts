import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { writeMonthlyFiles } from '../../../cli/demo/monthly-files.ts'
import { readInputWaves, tellPassedOver } from '../../../cli/run/input-waves.ts'
import { checkOutput, clearOutput } from '../../../cli/run/output-folder.ts'
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

describe('input folders', () => {
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
      'passed over, since it does not lie as orders/ingest_date=…/<file>: orders/2025/d.csv, orders/d.csv',
      'passed over, since there is nothing in it: orders/ingest_date=2025-01-01/empty.csv',
      expect.stringMatching(/^passed over, since a partition value is empty.* a slash.*: orders\/ingest_date=a%2Fb\/c\.csv$/),
      'passed over, since no contract knows where it lies: readme.txt, returns/c.csv',
    ])
  })

  it('tell of what cannot land in words that no terminal obeys', async () => {
    put('orders/ingest_date=2025-01-01/a.csv')
    put('orders/ingest_date=2025-01-01/\x1b[2J\u009b31m.csv')
    symlinkSync('nowhere', join(folder, 'orders', 'ingest_date=2025-01-01', 'b.csv'))
    const [wave] = await readInputWaves([folder], contracts())
    expect([wave?.files, ...tellPassedOver(wave ?? { passedOver: [] })]).toEqual([
      1,
      String.raw`passed over, since its name has control characters: orders/ingest_date=2025-01-01/\u001b[2J\u009b31m.csv`,
      'passed over, since it is a link to nothing: orders/ingest_date=2025-01-01/b.csv',
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
      /holds no file for any of the contracts; files are looked for as .*orders\/ingest_date=…\/<file>; passed over, since .*: orders\/d\.csv/,
    )
  })

  it('are refused all at once, each by name', async () => {
    put('file')
    mkdirSync(join(folder, 'empty'))
    const wrong = readInputWaves([join(folder, 'file'), join(folder, 'empty'), join(folder, 'none')], contracts())
    await expect(wrong).rejects.toThrow(/file: is not a folder[\s\S]*empty: holds no file[\s\S]*none: there is no such folder/)
  })
})

describe('the output folder', () => {
  it('is made, and cleared of an earlier run', async () => {
    const output = join(folder, 'deep', 'out')
    await checkOutput(output)
    mkdirSync(join(output, 'curated', 'orders'), { recursive: true })
    await checkOutput(output)
    await clearOutput(output)
    expect(readdirSync(output)).toEqual([])
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
