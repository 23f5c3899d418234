import { LOOKS_LIKE_KEY } from './names.ts'
import type { SampleColumn } from './sample.ts'

export interface KeyColumn {
  /** The name that the contract gives it. */
  name: string
  type: string
  column: SampleColumn
}

/** Larger keys are rare, and each more column makes a key that holds in the sample by chance. */
const MOST_COLUMNS = 5
const MOST_CANDIDATES = 14

/** The fewest columns that together identify every row; among equals, the likeliest by name and type. Undefined if no key exists. */
export function proposeKey(columns: KeyColumn[], rows: number): string[] | undefined {
  if (rows === 0) return undefined
  const candidates = columns
    .map((one, place) => ({ ...one, cost: costOf(one) + place / 1000 }))
    .filter(({ cost, column }) => cost < Number.POSITIVE_INFINITY && column.values.size > 1 && !column.codes.includes(-1))
    .sort((a, b) => a.cost - b.cost)
    .slice(0, MOST_CANDIDATES)
  for (let size = 1; size <= MOST_COLUMNS; size += 1) {
    const unique = combinations(candidates, size)
      .map((some) => ({ some, cost: some.reduce((sum, { cost }) => sum + cost, 0) }))
      .sort((a, b) => a.cost - b.cost)
      .find(({ some }) => repeatedRows(some, rows, 1) === 0)
    if (unique) return columns.filter(({ name }) => unique.some.some((one) => one.name === name)).map(({ name }) => name)
  }
  // Of one row anything is a key.
  return rows === 1 ? columns.slice(0, 1).map(({ name }) => name) : undefined
}

/** The columns that come nearest to a key, one or two, and how many rows they leave with the key of another. */
export function nearestKey(columns: KeyColumn[], rows: number): { key: string[]; repeated: number } | undefined {
  const whole = columns.filter((one) => costOf(one) < Number.POSITIVE_INFINITY && !one.column.codes.includes(-1))
  const likely = whole.sort((a, b) => costOf(a) - costOf(b)).slice(0, 6)
  const tried = [...combinations(likely, 1), ...combinations(likely, 2)].map((some) => ({
    key: some.map(({ name }) => name),
    repeated: repeatedRows(some, rows),
  }))
  return tried.sort((a, b) => a.repeated - b.repeated || a.key.length - b.key.length)[0]
}

/** How many rows have a key that a row before them has; counting ends at `most`. A missing value counts as one. */
export function repeatedRows(key: KeyColumn[], rows: number, most = Number.POSITIVE_INFINITY): number {
  if (key.reduce((product, { column }) => product * (column.values.size + 1), 1) < rows && most === 1) return 1
  let codes = key[0]?.column.codes ?? []
  for (const { column } of key.slice(1)) {
    const numbers = new Map<number, number>()
    const width = column.values.size + 1
    codes = codes.map((code, row) => {
      const pair = (code + 1) * width + (column.codes[row] ?? -1) + 1
      const known = numbers.get(pair) ?? numbers.size
      numbers.set(pair, known)
      return known
    })
  }
  const seen = new Set<number>()
  let repeated = 0
  for (const code of codes) {
    if (seen.has(code)) repeated += 1
    if (repeated >= most) return repeated
    seen.add(code)
  }
  return repeated
}

function costOf({ name, type }: KeyColumn): number {
  if (/^(double|float|array|map|struct|binary)/.test(type)) return Number.POSITIVE_INFINITY
  // An amount identifies nothing; Oracle writes whole numbers as decimals.
  if (/^decimal\(\d+,\s*[1-9]/.test(type)) return Number.POSITIVE_INFINITY
  if (LOOKS_LIKE_KEY.test(name)) return 1
  if (type === 'boolean') return 8
  if (/^(date|timestamp|string)/.test(type)) return 3
  return 4
}

function combinations<T>(all: T[], size: number, from = 0): T[][] {
  if (size === 0) return [[]]
  return all.slice(from).flatMap((one, index) => combinations(all, size - 1, from + index + 1).map((rest) => [one, ...rest]))
}
