import type { FileProblem } from '../../functions/domain/contract/file.ts'
import { plural } from '../../functions/domain/words.ts'
import type { Outcome } from './run-examples.ts'
import type { ContractTest } from './test-file.ts'
import { canonical, shown } from './values.ts'

type Row = Record<string, unknown>

/** Everything in which the outcome differs from what the test expects. */
export function differences(test: ContractTest, outcome: Outcome, primaryKey: string[]): FileProblem[] {
  const at = (path: (string | number)[], message: string) => ({ file: test.file, line: test.lineOf(path), field: test.name, message })
  if ('error' in outcome) return [at([], outcome.error)]
  const { curated, quarantined, failed_rules: failedRules } = test.example.expect
  const problems: FileProblem[] = []
  if (curated) {
    const type = (name: string) => outcome.types[name]
    const expected = curated.map((row, place) => texts(row, test.written.expect.curated?.[place] ?? {}, type))
    problems.push(
      ...rowDifferences('curated', { expected, actual: actual(outcome.curated, type), primaryKey, at, others: outcome.quarantined }),
    )
  }
  if (quarantined) {
    const expected = quarantined.map((row, place) => texts(row, test.written.expect.quarantined?.[place] ?? {}, () => 'string'))
    problems.push(
      ...rowDifferences('quarantined', {
        expected,
        actual: actual(outcome.quarantined, () => 'string'),
        primaryKey,
        at,
        others: outcome.curated,
      }),
    )
  }
  if (failedRules) problems.push(...ruleDifferences(failedRules, outcome.failedRules ?? [], at))
  return problems
}

type Texts = Record<string, string | null>
type At = (path: (string | number)[], message: string) => FileProblem

const texts = (row: Row, written: Row, typeOf: (name: string) => string | undefined): Texts =>
  Object.fromEntries(Object.entries(row).map(([name, value]) => [name, canonical(value, written[name], typeOf(name) ?? 'string')]))

const actual = (rows: Row[], typeOf: (name: string) => string | undefined): Texts[] => rows.map((row) => texts(row, row, typeOf))

interface Compared {
  expected: Texts[]
  actual: Texts[]
  primaryKey: string[]
  at: At
  /** Rows of the other place: one that is missing here may be there. */
  others: Row[]
}

function rowDifferences(field: 'curated' | 'quarantined', { expected, actual: rows, primaryKey, at, others }: Compared): FileProblem[] {
  const left = new Set(rows)
  // A row that names more columns fits fewer rows, so it chooses first.
  const order = expected
    .map((row, place) => ({ row, place }))
    .sort((some, more) => Object.keys(more.row).length - Object.keys(some.row).length)
  const missing = order.filter(({ row }) => {
    const found = [...left].find((each) => Object.entries(row).every(([name, value]) => each[name] === value))
    if (found) left.delete(found)
    return found === undefined
  })
  const problems = missing.map(({ row, place }) => {
    const near = nearest(row, [...left], primaryKey)
    if (near) left.delete(near)
    const path = ['expect', field, place]
    if (near) return at(path, `${nameOf(near, primaryKey)} has ${unequal(row, near)}`)
    const elsewhere = others.find(
      (each) => primaryKey.length > 0 && primaryKey.every((key) => key in row && String(each[key]) === row[key]),
    )
    return at(
      path,
      `${field} lacks ${listed(row)}${elsewhere ? `; ${thereInstead(field, elsewhere)}` : `; ${plural(rows.length, 'row is', 'rows are')} there`}`,
    )
  })
  return [
    ...problems.sort((some, other) => some.line - other.line),
    ...[...left].map((row) => at(['expect', field], `${field} also has ${listed(row)}`)),
  ]
}

const thereInstead = (field: 'curated' | 'quarantined', row: Row) =>
  field === 'curated' ? `that row is quarantined for ${[row.reasons].flat().join(', ')}` : 'that row is curated'

function nearest(row: Texts, rows: Texts[], primaryKey: string[]): Texts | undefined {
  const named = primaryKey.filter((key) => key in row)
  if (named.length > 0) return rows.find((each) => named.every((key) => each[key] === row[key]))
  const equal = (each: Texts) => Object.entries(row).filter(([name, value]) => each[name] === value).length
  return rows.filter((each) => equal(each) > 0).sort((some, other) => equal(other) - equal(some))[0]
}

function unequal(row: Texts, near: Texts): string {
  return Object.entries(row)
    .filter(([name, value]) => near[name] !== value)
    .map(([name, value]) => (name in near ? `${name}=${shown(near[name])}, expected ${shown(value)}` : `no column ${name}`))
    .join('; ')
}

const listed = (row: Texts) =>
  Object.entries(row)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}=${shown(value)}`)
    .join(', ')

function nameOf(row: Texts, primaryKey: string[]): string {
  const key = primaryKey.filter((name) => name in row).map((name) => `${name}=${shown(row[name])}`)
  return `the row ${key.length > 0 ? key.join(', ') : listed(row)}`
}

function ruleDifferences(expected: string[], failed: { rule: string; message: string }[], at: At): FileProblem[] {
  const plain = (rule: string) => rule.replaceAll(/\s+/g, ' ').trim()
  const wanted = new Set(expected.map(plain))
  const found = new Set(failed.map(({ rule }) => plain(rule)))
  return [
    ...expected.flatMap((rule, place) =>
      found.has(plain(rule)) ? [] : [at(['expect', 'failed_rules', place], `rule ${rule} did not fail`)],
    ),
    ...failed.flatMap(({ rule, message }) =>
      wanted.has(plain(rule)) ? [] : [at(['expect', 'failed_rules'], `rule ${rule} failed: ${message}`)],
    ),
  ]
}
