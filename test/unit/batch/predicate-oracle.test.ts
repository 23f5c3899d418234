import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { selects } from '../../../functions/domain/partition/predicate-evaluation.ts'
import { parsePredicate } from '../../../functions/domain/partition/predicate-parser.ts'
import { python } from '../../../setup/places.mjs'

/** SLUICE_PREDICATES draws more: 100,000 in `npm run test:full`. */
const COUNT = Number(process.env.SLUICE_PREDICATES ?? 3000)
const KEYS = ['year', 'region', 'in', 'not', 'and']

/** A predicate as a person may type it, and as SQLite reads it. */
interface Written {
  typed: string
  sql: string
}

const value = fc.constantFrom(
  '2024',
  '2025',
  '1',
  '01',
  '10',
  '-1',
  '1.5',
  '2.50',
  'eu',
  'EU',
  'us-1',
  'é',
  'a b',
  '😀',
  '\uffee',
  'x=y',
  '_',
  'n/a',
)
const number = fc.constantFrom('1', '10', '-1', '1.5', '2.50', '2024')
const key = fc.constantFrom(...KEYS)
const literal = fc.oneof(
  { weight: 3, arbitrary: value.map((text) => ({ text: `'${text.replaceAll('/', '-')}'`, isNumber: false })) },
  { weight: 1, arbitrary: number.map((text) => ({ text, isNumber: true })) },
)
const pattern = fc
  .array(fc.constantFrom('%', '_', '0', '1', '2', 'e', 'u', 'E', '-', '😀'), { minLength: 1, maxLength: 6 })
  .map((parts) => parts.join(''))
const spelling = fc.constantFrom(
  (word: string) => word,
  (word: string) => word.toLowerCase(),
  (word: string) => `  ${word}\n`,
)
const column = (name: string, isNumber: boolean) => (isNumber ? `spelled(\`${name}\`)` : `\`${name}\``)
/** SQLite has the negation of a list as one operator, and so may a person type it. */
const negation = fc.boolean()

const compare = fc.tuple(key, fc.constantFrom('=', '==', '<>', '!=', '<', '<=', '>', '>='), literal, fc.boolean()).map(
  ([name, operator, { text, isNumber }, quoted]): Written => ({
    typed: `${quoted ? `\`${name}\`` : name} ${operator} ${text}`,
    sql: `${column(name, isNumber)} ${operator} ${text}`,
  }),
)
const list = fc
  .tuple(key, fc.array(literal, { minLength: 1, maxLength: 4 }), negation, spelling)
  .map(([name, values, negated, spell]): Written => {
    const word = spell(negated ? 'NOT IN' : 'IN')
    const each = values.map(({ text, isNumber }) => `${column(name, isNumber)} = ${text}`).join(' OR ')
    return { typed: `${name} ${word} (${values.map(({ text }) => text).join(', ')})`, sql: negated ? `NOT (${each})` : `(${each})` }
  })
const between = fc.tuple(key, literal, literal, negation).map(
  ([name, low, high, negated]): Written => ({
    typed: `${name} ${negated ? 'not ' : ''}between ${low.text} and ${high.text}`,
    sql:
      low.isNumber === high.isNumber
        ? `${column(name, low.isNumber)} ${negated ? 'NOT ' : ''}BETWEEN ${low.text} AND ${high.text}`
        : `${negated ? 'NOT ' : ''}(${column(name, low.isNumber)} >= ${low.text} AND ${column(name, high.isNumber)} <= ${high.text})`,
  }),
)
const like = fc.tuple(key, pattern, negation).map(([name, text, negated]): Written => {
  const operator = negated ? 'NOT LIKE' : 'LIKE'
  return { typed: `${name} ${operator} '${text}'`, sql: `\`${name}\` ${operator} '${text}'` }
})
const predicate = fc.letrec<{ any: Written }>((tie) => ({
  any: fc.oneof(
    { maxDepth: 5 },
    compare,
    list,
    between,
    like,
    fc.tuple(tie('any'), spelling).map(([inner, spell]) => ({ typed: `${spell('NOT')} (${inner.typed})`, sql: `NOT (${inner.sql})` })),
    // Without brackets in part of the cases: AND binds closer than OR in both.
    fc.tuple(fc.array(tie('any'), { minLength: 2, maxLength: 3 }), fc.constantFrom('AND', 'OR'), spelling).map(([inner, word, spell]) => ({
      typed: inner.map(({ typed }) => `(${typed})`).join(` ${spell(word)} `),
      sql: inner.map(({ sql }) => `(${sql})`).join(` ${word} `),
    })),
    fc
      .tuple(
        fc.array(fc.oneof(compare, list, between, like), { minLength: 2, maxLength: 4 }),
        fc.array(fc.constantFrom('AND', 'OR'), { minLength: 3, maxLength: 3 }),
      )
      .map(([inner, words]) => {
        const joined = (side: keyof Written) =>
          inner.map((one, index) => (index === 0 ? one[side] : `${words[index - 1]} ${one[side]}`)).join(' ')
        return { typed: joined('typed'), sql: joined('sql') }
      }),
  ) as fc.Arbitrary<Written>,
})).any

it(`selects what SQLite selects, for ${COUNT} drawn predicates over ${KEYS.join(', ')}`, () => {
  const seed = Number(process.env.SLUICE_SEED ?? Date.now() % 1_000_000)
  const rows = fc.sample(fc.tuple(value, value, value, value, value), { seed, numRuns: 60 })
  const drawn = fc.sample(predicate, { seed, numRuns: COUNT })
  const accepted = drawn.flatMap(({ typed, sql }) => {
    try {
      return { typed, sql, parsed: parsePredicate(typed, KEYS) }
    } catch (error) {
      // The one thing that a drawn predicate may be refused for.
      expect((error as Error).message, typed).toMatch(/characters long as the catalog/)
      return []
    }
  })
  const asked = JSON.stringify({ columns: KEYS, rows, predicates: accepted.map(({ sql }) => sql) })
  const script = join(import.meta.dirname, 'predicate_oracle.py')
  const answers = execFileSync(python, [script], { input: asked, maxBuffer: 2 ** 29, encoding: 'utf8' })
    .trim()
    .split('\n')
  const partitions = rows.map((row) => Object.fromEntries(KEYS.map((name, index) => [name, row[index] as string])))

  expect(answers).toHaveLength(accepted.length)
  expect(accepted.length).toBeGreaterThan(COUNT * 0.8)
  accepted.forEach(({ typed, parsed }, index) => {
    const selected = partitions.flatMap((partition, place) => (selects(parsed, partition) ? place : []))
    if (JSON.stringify(selected) !== JSON.stringify(JSON.parse(answers[index] ?? '')))
      expect.fail(`seed ${seed}: ${typed} selects ${selected}, SQLite ${answers[index]}`)
  })
}, 900_000)
