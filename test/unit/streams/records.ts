import type { StreamRecord } from '../../../functions/domain/stream/record.ts'
import type { RawObjects } from '../../../functions/ports/raw-objects.ts'

export const ARRIVED = Date.parse('2026-03-01T12:00:00.250Z')

export const recordOf = (data: string | Buffer, more: Partial<StreamRecord> = {}): StreamRecord => ({
  kind: 'kinesis',
  shard: 'shardId-000000000000',
  sequence: '49590338271490256608559692538361571095921575989136588898',
  partitionKey: 'user-1',
  arrivedAt: ARRIVED,
  data: typeof data === 'string' ? Buffer.from(data) : data,
  ...more,
})

/** A raw bucket in memory. It refuses nothing, and shows if an object was ever written with another text. */
export function memoryRaw() {
  const objects = new Map<string, string>()
  const rawObjects: RawObjects = {
    async create(key, text) {
      const existing = objects.get(key)
      if (existing !== undefined && existing !== text) throw new Error(`${key} would be written with another text`)
      objects.set(key, text)
      return existing === undefined
    },
  }
  const lines = () => [...objects.values()].flatMap((text) => text.split('\n').slice(0, -1))
  return { objects, rawObjects, lines }
}
