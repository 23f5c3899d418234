import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { predicatesFor } from '../../../functions/domain/partition/predicate.ts'
import { comparesNumbers, selects } from '../../../functions/domain/partition/predicate-evaluation.ts'
import { parsePredicate } from '../../../functions/domain/partition/predicate-parser.ts'
import { renderPredicate } from '../../../functions/domain/partition/predicate-rendering.ts'
import type { Predicate } from '../../../functions/domain/partition/predicate-tree.ts'

const KEYS = ['year', 'month', 'region']
const render = (text: string) => renderPredicate(parsePredicate(text, KEYS))

describe('predicates of people', () => {
  it.each([
    ["month >= '2025-01'", "month >= '2025-01'"],
    ["MONTH='2025-01'", "month = '2025-01'"],
    ['year == 2025', "year = '2025'"],
    ["year!='2025'", "year <> '2025'"],
    ['"x" = \'y\'', undefined],
    ["`month` = '01'", "month = '01'"],
    [
      "year = '2025' AND month IN ('01','02') or region not in ('eu')",
      "(year = '2025' AND month IN ('01', '02')) OR NOT (region IN ('eu'))",
    ],
    ["month between '01' and '03' and year=2025", "(month >= '01' AND month <= '03') AND year = '2025'"],
    ["NOT (region = 'eu' OR region LIKE 'us-%')", "NOT (region = 'eu' OR region LIKE 'us-%')"],
    ['region = "eu"', "region = 'eu'"],
  ])('%s becomes %s', (text, expected) => {
    if (expected === undefined) expect(() => render(text)).toThrow('expected a partition key')
    else expect(render(text)).toBe(expected)
  })

  it.each([
    ['', 'ends where a partition key was expected (at character 1)'],
    ["month = '01';", '";" is not allowed in a predicate'],
    ["month = '01' -- x", '"-" is not allowed'],
    ["month = '01' /* x */", '"/" is not allowed'],
    ['1 = 1', 'expected a partition key (at character 1)'],
    ["month = '1' OR '1' = '1'", 'expected a partition key (at character 16)'],
    ["amount > '1'", '"amount" is not a partition key of this dataset (year, month, region)'],
    ["sleep(5) = '1'", '"sleep" is not a partition key'],
    ["month = (SELECT '1')", "expected a value such as '2025-01' or 5"],
    ["month = '1' month = '2'", '"month" does not belong there'],
    ["month = 'a''b'", 'a value holds a quote, a slash or a control character'],
    ["month = 'a\u0000b'", 'a value holds a quote, a slash or a control character'],
    ["month = '1", '"\'" is not allowed'],
    ["(month = '1'", 'expected )'],
    ['month NOT 5', 'expected IN, BETWEEN or LIKE after NOT'],
    ['month IN ()', 'expected a value'],
    ['month >= 2025-01', 'does not belong there'],
    ['month IS NULL', 'expected a comparison after month'],
    ['NOT '.repeat(120) + "month='1'", 'is nested too deeply'],
    ['NOT '.repeat(40) + "month='1'", 'is nested too deeply'],
    ['('.repeat(120) + "month='1'" + ')'.repeat(120), 'is nested too deeply'],
    [`month = '1'${' '.repeat(17_000)}`, 'is longer than 16384 characters'],
    [`month IN (${Array.from({ length: 300 }, (_, index) => index + 1000).join(',')})`, 'characters long as the catalog is given it'],
    ['month = 12345678901234567', 'at most 15 digits'],
  ])('%j is refused: %s', (text, message) => {
    expect(() => parsePredicate(text, KEYS)).toThrow(
      expect.objectContaining({ name: 'InvalidInputError', message: expect.stringContaining(message) }),
    )
    expect(() => parsePredicate(text, KEYS)).toThrow(/^push_down_predicate: /)
  })

  it('names no key where there are none', () => {
    expect(() => parsePredicate("month = '1'", [])).toThrow('(it has none)')
  })

  it('takes what is long only as it is typed', () => {
    const values = Array.from({ length: 200 }, (_, index) => `'${index}'`)
    expect(render(`month IN (\n${values.join(',\n          ')})`)).toBe(`month IN (${values.join(', ')})`)
  })

  it.each([
    ["in = 'a'", "in = 'a'"],
    ["in in ('a')", "in IN ('a')"],
    ["in not in ('a')", "NOT (in IN ('a'))"],
    ["not = 'a'", "not = 'a'"],
    ["not in ('a')", "not IN ('a')"],
    ["not not in ('a')", "NOT (not IN ('a'))"],
    ["not in in ('a')", "NOT (in IN ('a'))"],
    ["not not = 'a'", "NOT (not = 'a')"],
    ["not (not = 'a')", "NOT (not = 'a')"],
    ["not not like 'a'", "NOT (not LIKE 'a')"],
    ["not between 'a' and 'b' and and = 'c'", "(not >= 'a' AND not <= 'b') AND and = 'c'"],
    ["not between between 'a' and 'b'", "NOT (between >= 'a' AND between <= 'b')"],
    ["`not` = 'a' or NOT `in` = 'b'", "not = 'a' OR NOT (in = 'b')"],
  ])('knows columns from words: %s', (text, expected) => {
    const named = ['in', 'not', 'and', 'between']
    const rendered = renderPredicate(parsePredicate(text, named))
    expect(rendered).toBe(expected)
    expect(renderPredicate(parsePredicate(rendered, named))).toBe(expected)
  })

  it('selects no partition whose value is no number, under NOT neither', () => {
    const at = (text: string) => selects(parsePredicate(text, KEYS), { year: 'n/a', month: '01', region: 'eu' })
    expect(at('year < 5')).toBe(false)
    expect(at('NOT year < 5')).toBe(false)
    expect(at('NOT (year < 5 AND month = 1)')).toBe(false)
    expect(at('NOT (year < 5 AND month = 2)')).toBe(true)
    expect(at('year NOT IN (1, 2)')).toBe(false)
    expect(at('year < 5 OR month = 1')).toBe(true)
  })

  it('matches LIKE by whole characters, however many % there are', () => {
    const at = (pattern: string, region: string) => selects(parsePredicate(`region LIKE '${pattern}'`, KEYS), { region })
    expect(at('a_c', 'a😀c')).toBe(true)
    expect(at('%a'.repeat(60) + '%b', 'a'.repeat(200))).toBe(false)
  })

  it('compares text as text and numbers as numbers', () => {
    const at = (text: string, month: string) => selects(parsePredicate(text, KEYS), { year: '2025', month, region: 'eu' })
    expect(at("month < '5'", '10')).toBe(true)
    expect(at('month < 5', '10')).toBe(false)
    expect(at('month = 5', '05')).toBe(true)
    expect(at('month < 5', 'n/a')).toBe(false)
    expect(at('month in (4, 5)', '05')).toBe(true)
    expect(at("month like '0_'", '05')).toBe(true)
    expect(at("month like '.*'", '05')).toBe(false)
    expect(comparesNumbers(parsePredicate("year = '2025' and not month in ('1', 2)", KEYS))).toBe(true)
    expect(comparesNumbers(parsePredicate("year = '2025' or month between '1' and '2'", KEYS))).toBe(false)
  })
})

const value = fc.constantFrom('2024', '2025', '01', '02', '12', 'eu', 'us-1', 'a b', '%', 'x=y')
const key = fc.constantFrom(...KEYS)
const predicate: fc.Arbitrary<Predicate> = fc.letrec<{ any: Predicate }>((tie) => ({
  any: fc.oneof(
    { maxDepth: 4 },
    fc.record({ kind: fc.constant('compare' as const), key, operator: fc.constantFrom('=', '<>', '<', '<=', '>', '>=' as const), value }),
    fc.record({ kind: fc.constant('in' as const), key, values: fc.array(value, { minLength: 1, maxLength: 4 }) }),
    fc.record({ kind: fc.constant('between' as const), key, low: value, high: value }),
    fc.record({ kind: fc.constant('not' as const), operand: tie('any') }),
    fc.record({ kind: fc.constantFrom('and' as const, 'or' as const), operands: fc.array(tie('any'), { minLength: 2, maxLength: 3 }) }),
  ) as fc.Arbitrary<Predicate>,
})).any
const partition = fc.record({ year: value, month: value, region: value })

describe('predicates in general', () => {
  it('mean the same after they are written for the catalog and read again', () => {
    fc.assert(
      fc.property(predicate, fc.array(partition, { maxLength: 8 }), (before, partitions) => {
        const text = renderPredicate(before)
        fc.pre(text.length <= 2048)
        const after = parsePredicate(text, KEYS)
        expect(renderPredicate(parsePredicate(renderPredicate(after), KEYS))).toBe(renderPredicate(after))
        for (const some of partitions) expect(selects(after, some)).toBe(selects(before, some))
      }),
      { numRuns: 1000 },
    )
  })

  it('either parse into what can be written again, or are refused by name: nothing else gets out', () => {
    const scraps = fc.constantFrom(
      "'",
      '"',
      '`',
      ';',
      '--',
      '(',
      ')',
      'OR',
      'AND',
      'month',
      '=',
      "'01'",
      '1',
      'UNION',
      '\\',
      '\n',
      'IN',
      ',',
    )
    fc.assert(
      fc.property(fc.array(scraps, { maxLength: 12 }), (parts) => {
        try {
          const written = render(parts.join(' '))
          // Inside its quotes a value may hold what it likes but a quote; outside them there are only words we know.
          expect(written.replaceAll(/'[^']*'/g, 'v')).toMatch(/^([\s()=<>,]|\b(AND|OR|NOT|IN|LIKE|v|year|month|region)\b)+$/)
        } catch (error) {
          if ((error as Error).name !== 'InvalidInputError') throw error
        }
      }),
      { numRuns: 2000 },
    )
  })

  it('read back the predicates that are built for named partitions', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(partition, { maxLength: 30, selector: (some) => JSON.stringify(some) }),
        fc.array(partition),
        (wanted, others) => {
          const predicates = predicatesFor(KEYS, wanted).map((text) => parsePredicate(text, KEYS))
          expect(predicates.every((one) => renderPredicate(one).length <= 2048)).toBe(true)
          for (const some of [...wanted, ...others]) {
            const isWanted = wanted.some((one) => JSON.stringify(one) === JSON.stringify(some))
            expect(predicates.some((one) => selects(one, some))).toBe(isWanted)
          }
        },
      ),
    )
  })
})
