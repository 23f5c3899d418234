import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** What the demo lands: folders for `sluice run --input`, and what to say of them. */
export interface DemoWaves {
  first: string
  second: string
  months: { first: number; second: number }
  files: { first: number; second: number }
  corrections: number
  /** One of them, to look for in the result. */
  example: { invoice: string; before: string; after: string }
}

const DATASET = 'online_retail'
/** Every so many sales of the first wave, one is corrected. */
const CORRECTED_EACH = 400
const CORRECTIONS_DELIVERED = '2012-01-02'

/**
 * Writes the invoices as their shop would have delivered them: one file a month, on the first of the next month. The last
 * two months come in a second wave, together with corrections to invoices of the first: every 400th sale, 10 % cheaper.
 * Nothing is drawn by chance, so every run lands the same bytes.
 */
export function writeMonthlyFiles(csvFile: string, folder: string): DemoWaves {
  rmSync(folder, { recursive: true, force: true })
  const [header = '', ...rows] = readFileSync(csvFile, 'utf8').trimEnd().split('\n')
  const months = new Map<string, string[]>()
  for (const row of rows) {
    const month = monthOf(row)
    months.set(month, [...(months.get(month) ?? []), row])
  }
  const names = [...months.keys()].sort()
  const late = new Set(names.slice(-2))
  const first = join(folder, 'wave-1')
  const second = join(folder, 'wave-2')
  for (const month of names) {
    const file = join(DATASET, `delivered=${firstOfNext(month)}`, `invoices-${month}.csv`)
    writeCsv(join(late.has(month) ? second : first, file), [header, ...(months.get(month) ?? [])])
  }
  const early = names.filter((month) => !late.has(month))
  const corrections = correct(early.flatMap((month) => months.get(month) ?? []))
  writeCsv(join(second, DATASET, `delivered=${CORRECTIONS_DELIVERED}`, 'corrections.csv'), [header, ...corrections])
  return {
    first,
    second,
    months: { first: early.length, second: late.size },
    files: { first: early.length, second: late.size + 1 },
    corrections: corrections.length,
    example: exampleOf(corrections[0] ?? '', rows),
  }
}

function exampleOf(correction: string, rows: string[]): DemoWaves['example'] {
  const invoice = correction.split(',')[0] ?? ''
  const original = rows.find((row) => row.startsWith(`${invoice},`))
  return { invoice, before: Number(original?.split(',')[6]).toFixed(2), after: correction.split(',')[6] ?? '' }
}

// `12/1/09 7:45` → `2009-12`
function monthOf(row: string): string {
  const [month = '', , year = ''] = (row.split(',')[1]?.split(' ')[0] ?? '').split('/')
  return `20${year}-${month.padStart(2, '0')}`
}

function firstOfNext(month: string): string {
  const [year = 0, number = 0] = month.split('-').map(Number)
  return number === 12 ? `${year + 1}-01-01` : `${year}-${String(number + 1).padStart(2, '0')}-01`
}

function correct(rows: string[]): string[] {
  const sales = rows.filter((row) => {
    const [invoice = '', , customer, , , , price = ''] = row.split(',')
    return /^\d/.test(invoice) && customer !== '' && Number(price) > 0
  })
  return sales.flatMap((row, index) => {
    if (index % CORRECTED_EACH !== 0) return []
    const cells = row.split(',')
    const cents = Math.round(Number(cells[6]) * 90)
    return [[...cells.slice(0, 6), (cents / 100).toFixed(2)].join(',')]
  })
}

function writeCsv(file: string, lines: string[]): void {
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, `${lines.join('\n')}\n`)
}
