import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { lineOf } from '../../../functions/domain/stream/line.ts'
import { recordOf } from './records.ts'

const POSITION =
  '{"_stream_position":"shardId-000000000000:49590338271490256608559692538361571095921575989136588898",' +
  `"_sequence":"${'49590338271490256608559692538361571095921575989136588898'.padStart(129, '0')}",` +
  '"_partition_key":"user-1","_arrival_time":"2026-03-01T12:00:00.250Z"'

describe('the line of a record', () => {
  it('has its position in front, and its own text as it is, numbers included', () => {
    const text = '{"id": 1.10, "big":12345678901234567890.123456789 ,"e":1E400,"s":"\\u00fc"}'
    expect(lineOf(recordOf(text)).text).toBe(`${POSITION},${text.slice(1)}`)
  })

  it('is one line, however the record is laid out', () => {
    expect(lineOf(recordOf('\r\n{\n\t"a": "x\\ny",\r\n"b": [1,\n2]\n}\n')).text).toBe(`${POSITION}, \t"a": "x\\ny",  "b": [1, 2] } `)
    expect(lineOf(recordOf('{ }')).text).toBe(`${POSITION} }`)
  })

  it('of any object is that object and its position', () => {
    const objects = fc.dictionary(
      fc.string().filter((key) => !key.startsWith('_')),
      fc.jsonValue(),
    )
    fc.assert(
      fc.property(objects, fc.constantFrom(undefined, 1, '\t'), fc.string(), (object, indent, partitionKey) => {
        const { text, malformed } = lineOf(recordOf(JSON.stringify(object, null, indent), { partitionKey }))
        expect(malformed).toBeUndefined()
        expect(text).not.toMatch(/[\r\n]/)
        const { _stream_position, _sequence, _partition_key, _arrival_time, ...own } = JSON.parse(text)
        expect([own, _partition_key]).toEqual([JSON.parse(JSON.stringify(object)), partitionKey])
      }),
    )
  })

  it.each([
    ['no JSON', 'plainly not', 'not JSON'],
    ['nothing', '', 'without a value'],
    ['an array', '[{"id":1}]', 'not a JSON object'],
    ['a number', '12', 'not a JSON object'],
    ['two objects', '{"id":1}\n{"id":2}', 'not JSON'],
    ['a byte order mark', '\ufeff{"id":1}', 'not JSON'],
    ['no UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]), 'not UTF-8'],
    ['gzip', Buffer.from([0x1f, 0x8b, 8, 0]), 'compressed with gzip; a record must be a JSON object in plain text'],
    [
      "a field with a name of the stream's own",
      '{"_sequence":"0"}',
      "it has a field _sequence, which is a name of the stream's own columns",
    ],
  ])('of %s is an array with position, reason and bytes, which no reader takes for a record', (_, data, reason) => {
    const record = recordOf(data)
    const { text, malformed } = lineOf(record)
    expect(malformed).toBe(reason)
    const [aside] = JSON.parse(text)
    expect(aside).toMatchObject({ _stream_position: `${record.shard}:${record.sequence}`, _malformed: reason })
    expect(Buffer.from(aside._bytes, 'base64')).toEqual(record.data)
  })
})

describe('the sequence', () => {
  it('sorts as a text in the order of the numbers', () => {
    const numbers = fc.bigInt({ min: 0n, max: 10n ** 129n - 1n })
    const sequenceOf = (number: bigint) => JSON.parse(lineOf(recordOf('{}', { sequence: String(number) })).text)._sequence
    fc.assert(fc.property(numbers, numbers, (one, other) => sequenceOf(one) < sequenceOf(other) === one < other))
  })
})
