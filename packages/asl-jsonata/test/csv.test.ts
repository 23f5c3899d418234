import fc from 'fast-check'
import { expect, it } from 'vitest'
import { parseCsv } from '../src/map/csv.ts'

it('reads back whatever a careful writer wrote', () => {
  const field = fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', '\r', ' ', ';', 'é'), maxLength: 8 })
  const rows = fc.array(fc.array(field, { minLength: 2, maxLength: 4 }), { maxLength: 6 })
  fc.assert(
    fc.property(rows, fc.constantFrom(',', ';', '|'), fc.constantFrom('\n', '\r\n'), (written, delimiter, ending) => {
      const text = written.map((row) => row.map((value) => `"${value.replaceAll('"', '""')}"`).join(delimiter)).join(ending)
      expect(parseCsv(text, delimiter)).toEqual(written)
    }),
  )
})

it.each([
  ['', []],
  ['a', [['a']]],
  ['a,', [['a', '']]],
  ['a\n\nb\n', [['a'], ['b']]],
  ['\uFEFFa,b', [['a', 'b']]],
  ['a "quoted" word', [['a "quoted" word']]],
])('reads %j', (text, rows) => {
  expect(parseCsv(text, ',')).toEqual(rows)
})
