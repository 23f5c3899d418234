import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { recordsIn } from '../../../functions/domain/stream/aggregated.ts'
import { lineOf } from '../../../functions/domain/stream/line.ts'
import { positionOf } from '../../../functions/domain/stream/record.ts'
import { recordOf } from './records.ts'

/** Made by the aggregator of aws-kinesis-agg 4.2.8 (Apache-2.0), one of its records with an explicit hash key. */
const AGGREGATED = Buffer.from(
  '84mawgoGdXNlci0xCgZ1c2VyLTIKAsO8EiczMzk2MDY2MDA5NDI5NjczOTE4NTQ2MDM1NTI0MDIwMjE4NDcyOTIaGggAGhZ7ImlkIjoxLCJhbW91bnQiOjEuMTB9Gg4IARAA' +
    `Ggh7ImlkIjoyfRoHCAAaA3v/fRqxAggCGqwC${'eHh4'.repeat(100)}3m+V/rP13PKtFyeOyxpEDw==`,
  'base64',
)

describe('a record that the Kinesis Producer Library has aggregated', () => {
  it('is the records that were put, in their order, each with its own key and place', () => {
    const parts = recordsIn(recordOf(AGGREGATED))
    expect(parts.map(({ partitionKey, part }) => [partitionKey, part])).toEqual([
      ['user-1', 0],
      ['user-2', 1],
      ['user-1', 2],
      ['ü', 3],
    ])
    expect(parts.map(({ data }) => data)).toEqual([
      Buffer.from('{"id":1,"amount":1.10}'),
      Buffer.from('{"id":2}'),
      Buffer.from([0x7b, 0xff, 0x7d]),
      Buffer.from('x'.repeat(300)),
    ])
    const positions = parts.map(positionOf)
    expect(positions[1]?._stream_position).toMatch(/^shardId-000000000000:\d+:1$/)
    expect(positions.map(({ _sequence }) => _sequence)).toEqual(positions.map(({ _sequence }) => _sequence).sort())
    expect(parts.map((part) => lineOf(part).malformed)).toEqual([undefined, undefined, 'not UTF-8', 'not JSON'])
  })

  it('lands whole as malformed when it is damaged', () => {
    fc.assert(
      fc.property(fc.integer({ min: 4, max: AGGREGATED.length - 1 }), fc.integer({ min: 1, max: 255 }), (place, change) => {
        const damaged = Buffer.from(AGGREGATED)
        damaged[place] = (damaged[place] as number) ^ change
        const record = recordOf(damaged)
        expect(recordsIn(record)).toEqual([record])
        expect(lineOf(record).malformed).toBe('aggregated by the Kinesis Producer Library, and damaged')
      }),
    )
    for (let end = 4; end < 24; end++) expect(recordsIn(recordOf(AGGREGATED.subarray(0, end)))).toHaveLength(1)
  })

  it('of any other kind is one record', () => {
    fc.assert(fc.property(fc.uint8Array(), (bytes) => recordsIn(recordOf(Buffer.from(bytes))).length === 1))
  })
})
