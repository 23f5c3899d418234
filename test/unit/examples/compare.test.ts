import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { differences } from '../../../cli/examples/compare.ts'
import type { Outcome } from '../../../cli/examples/run-examples.ts'
import { readTestFile } from '../../../cli/examples/test-file.ts'
import { canonical } from '../../../cli/examples/values.ts'

const TYPES = { id: 'string', amount: 'decimal(12,2)', at: 'timestamp', day: 'date', tags: 'array<string>' }

function compared(expectation: string, outcome: Partial<Exclude<Outcome, { error: string }>>) {
  const text = `tests:\n  - name: a test\n    rows: []\n    expect:\n${expectation.replaceAll(/^/gm, '      ')}\n`
  const { tests, problems } = readTestFile(text, 'orders.test.yml', 'orders')
  expect(problems).toEqual([])
  const [test] = tests
  const found = differences(test as never, { types: TYPES, curated: [], quarantined: [], ...outcome }, ['id'])
  return found.map(({ line, message }) => `${line} ${message}`)
}

describe('rows of the table', () => {
  it('are equal by value, in any order, and by the columns that are named', () => {
    const curated = [
      { id: 'b', amount: '5.00', at: '2025-01-01 10:00:00', day: '2025-01-01', tags: '["x","y"]' },
      { id: 'a', amount: null, at: null, day: null, tags: null },
    ]
    expect(
      compared('curated:\n  - { id: a, amount: null }\n  - { id: b, amount: 5, at: 2025-01-01T10:00:00Z, day: 2025-01-01, tags: [x, y] }', {
        curated,
      }),
    ).toEqual([])
  })

  it('that differ are named by their key, at the line of the expected row', () => {
    expect(compared('curated:\n  - { id: a, amount: 6.50 }', { curated: [{ id: 'a', amount: '5.00' }] })).toEqual([
      '6 the row id=a has amount=5, expected 6.5',
    ])
    expect(compared('curated:\n  - { id: a, amout: 6.50 }', { curated: [{ id: 'a', amount: '5.00' }] })).toEqual([
      '6 the row id=a has no column amout',
    ])
  })

  it('that are missing are looked for in quarantine', () => {
    const quarantined = [{ id: 'a', amount: '-5', reasons: ['negative', 'late'] }]
    expect(compared('curated:\n  - { id: a, amount: 6.50 }', { quarantined })).toEqual([
      '6 curated lacks id=a, amount=6.5; that row is quarantined for negative, late',
    ])
    expect(compared('curated:\n  - { id: a }', {})).toEqual(['6 curated lacks id=a; 0 rows are there'])
  })

  it('that no contract expects are named', () => {
    expect(compared('curated: []', { curated: [{ id: 'a', amount: '5.00' }] })).toEqual(['5 curated also has id=a, amount=5'])
  })

  it('that are equal twice are expected twice', () => {
    const twice = [{ id: 'a' }, { id: 'a' }]
    expect(compared('curated:\n  - { id: a }\n  - { id: a }', { curated: twice })).toEqual([])
    expect(compared('curated:\n  - { id: a }', { curated: twice })).toEqual(['5 curated also has id=a'])
  })

  it('leave the row that fits only one to the expectation that names more', () => {
    const curated = [
      { id: 'a', amount: '1' },
      { id: 'a', amount: '2' },
    ]
    expect(compared('curated:\n  - { id: a }\n  - { id: a, amount: 1 }', { curated })).toEqual([])
  })
})

it('quarantined rows have the texts that were read, and their reasons in any order', () => {
  const quarantined = [{ id: '007', amount: '5.00', reasons: ['late', 'negative'] }]
  expect(compared('quarantined:\n  - { id: 007, amount: 5.00, reasons: [negative, late] }', { quarantined })).toEqual([])
  expect(compared('quarantined:\n  - { id: 007, reasons: [negative] }', { quarantined })).toEqual([
    '6 the row id=007 has reasons=late, negative, expected negative',
  ])
})

it('rules that fail are compared regardless of blanks', () => {
  const failedRules = [{ rule: 'IsUnique "id"', message: 'Value: 0.5' }]
  expect(compared(`failed_rules: ['IsUnique  "id"']`, { failedRules })).toEqual([])
  expect(compared(`failed_rules: ['RowCount > 0']`, { failedRules })).toEqual([
    '5 rule RowCount > 0 did not fail',
    '5 rule IsUnique "id" failed: Value: 0.5',
  ])
})

describe('values', () => {
  it('of decimals are equal when the numbers are, at any length', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }), fc.nat(8), fc.nat(5), (digits, scale, zeros) => {
        const sign = digits < 0n ? '-' : ''
        const text = `${digits < 0n ? -digits : digits}`.padStart(scale + 1, '0')
        const written = scale === 0 ? `${sign}${text}` : `${sign}${text.slice(0, -scale)}.${text.slice(-scale)}`
        const longer = `${written}${scale === 0 && zeros > 0 ? '.' : ''}${'0'.repeat(zeros)}`
        expect(canonical(longer, longer, 'decimal(38,8)')).toBe(canonical(written, written, 'decimal(38,8)'))
        const other = `${digits + 1n}`
        expect(canonical(other, other, 'bigint')).not.toBe(canonical(`${digits}`, `${digits}`, 'bigint'))
      }),
    )
  })

  it('of times are equal with and without T, Z and zeros behind the second', () => {
    for (const time of ['2025-01-01 00:00:00', '2025-01-01T00:00:00Z', '2025-01-01', '2025-01-01 00:00:00.000'])
      expect(canonical(time, time, 'timestamp')).toBe('2025-01-01 00:00:00')
    expect(canonical('2025-01-01 10:00:00.120', undefined, 'timestamp')).toBe('2025-01-01 10:00:00.12')
  })
})

describe('a file of tests', () => {
  const problems = (text: string) =>
    readTestFile(text, 'orders.test.yml', 'orders').problems.map(({ line, field, message }) => `${line} ${field}: ${message}`)

  it.each([
    ['tests: [', '1 (YAML)'],
    ['tests: []', '1 tests: has no test'],
    ['tests:\n  - name: x\n    rows: []\n', '2 tests[0].expect: is missing'],
    ['tests:\n  - name: x\n    rows: []\n    expect: {}\n', '4 tests[0].expect: expects nothing'],
    ['tests:\n  - name: x\n    expect: { curated: [] }\n', '2 tests[0]: give the file as one of rows, text or path'],
    ['tests:\n  - name: x\n    rows: []\n    expects: { curated: [] }\n', '4 tests[0].expects: is not a field of a test'],
    ['tests:\n  - name: x\n    rows: 5\n    expect: { curated: [] }\n', '3 tests[0].rows: must be a list'],
  ])('that is wrong is refused with line and field: %j', (text, expected) => {
    expect(problems(text).join('\n')).toContain(expected)
  })
})
