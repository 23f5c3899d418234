import { gunzipSync } from 'node:zlib'
import type { S3Client } from '@aws-sdk/client-s3'
import { describe, expect, it } from 'vitest'
import { s3RawObjects } from '../../../functions/adapters/s3/raw-objects.ts'
import { kinesisRecords } from '../../../functions/domain/stream/kinesis-event.ts'
import { landStream } from '../../../functions/use-cases/streams/land-stream.ts'
import { ARRIVED, memoryRaw, recordOf } from './records.ts'

function world() {
  const raw = memoryRaw()
  const counted: [string, number, Record<string, string>][] = []
  const warned: unknown[] = []
  const fields = {
    rawObjects: raw.rawObjects,
    counters: { count: (...each: (typeof counted)[number]) => void counted.push(each) },
    log: { warn: (message: string, more: object) => void warned.push([message, more]) },
    clock: { now: () => new Date(ARRIVED + 5000) },
    settings: { dataset: 'clicks', partitionKey: 'arrival_date' },
  }
  return { ...raw, counted, warned, fields }
}

describe('a batch of a stream', () => {
  it('is one object, named by its day, its time, its shard, and its first and last record', async () => {
    const { objects, lines, fields } = world()
    expect(await landStream([recordOf('{"id":1}', { sequence: '7' }), recordOf('{"id":2}', { sequence: '9' })], fields)).toBeUndefined()
    expect([...objects.keys()]).toEqual(['raw/clicks/arrival_date=2026-03-01/20260301T120000Z_shardId-000000000000_7_9.json.gz'])
    expect(lines().map((line) => JSON.parse(line).id)).toEqual([1, 2])
  })

  it('is an object for each day on which its records arrived', async () => {
    const { objects, fields } = world()
    const midnight = Date.parse('2026-03-02T00:00:00Z')
    const at = (arrivedAt: number, sequence: string) => recordOf('{}', { arrivedAt, sequence })
    await landStream([at(midnight - 2, '1'), at(midnight - 1, '2'), at(midnight, '3')], fields)
    expect([...objects.keys()].map((key) => key.split('/')[2])).toEqual(['arrival_date=2026-03-01', 'arrival_date=2026-03-02'])
  })

  it('that comes again writes nothing new', async () => {
    const { objects, fields } = world()
    const records = [recordOf('{"id":1}')]
    await landStream(records, fields)
    const first = [...objects]
    await landStream(records, { ...fields, clock: { now: () => new Date(ARRIVED + 1e9) } })
    expect([...objects]).toEqual(first)
  })

  it('reports the first record of the object that could not be written; those before it are done with', async () => {
    const { objects, fields } = world()
    const failing = {
      create: async (key: string, text: string) => {
        if (key.includes('03-02')) throw new Error('SlowDown')
        return fields.rawObjects.create(key, text)
      },
    }
    const late = recordOf('{}', { arrivedAt: Date.parse('2026-03-02T00:00:00Z'), sequence: '5' })
    const failure = await landStream([recordOf('{}', { sequence: '4' }), late, { ...late, sequence: '6' }], {
      ...fields,
      rawObjects: failing,
    })
    expect(failure).toEqual({ from: late, error: new Error('SlowDown') })
    expect(objects.size).toBe(1)
  })

  it('counts records, bytes, malformed ones and the lag of its shard', async () => {
    const { counted, warned, fields } = world()
    await landStream([recordOf('{"id":1}'), recordOf('no')], fields)
    const dimensions = { Dataset: 'clicks', Shard: 'shardId-000000000000' }
    expect(counted).toEqual([
      ['StreamRecords', 2, dimensions],
      ['StreamBytes', 10, dimensions],
      ['StreamMalformed', 1, dimensions],
      ['StreamLagSeconds', 5, dimensions],
    ])
    expect(JSON.stringify(warned)).toContain('not JSON')
    expect(JSON.stringify(warned)).not.toContain('"no"')
  })
})

describe('an object', () => {
  function bucket(...errors: string[]) {
    const bodies: Buffer[] = []
    const send = async ({ input }: { input: { Body: Buffer; IfNoneMatch: string } }) => {
      expect(input.IfNoneMatch).toBe('*')
      bodies.push(input.Body)
      const name = errors.shift()
      if (name) throw Object.assign(new Error(name), { name })
    }
    return { bodies, objects: s3RawObjects('raw', { send } as unknown as S3Client) }
  }

  it('has the same bytes for the same text, without a time', async () => {
    const { bodies, objects } = bucket()
    for (let time = 0; time < 2; time++) expect(await objects.create('k', '{"id":1}\n')).toBe(true)
    expect(bodies[0]).toEqual(bodies[1])
    expect(bodies[0]?.readUInt32LE(4)).toBe(0)
    expect(gunzipSync(bodies[0] as Buffer).toString()).toBe('{"id":1}\n')
  })

  it('that exists stays as it is; a write that meets another one is tried again', async () => {
    expect(await bucket('PreconditionFailed').objects.create('k', 'x')).toBe(false)
    expect(await bucket('ConditionalRequestConflict').objects.create('k', 'x')).toBe(true)
    await expect(bucket('AccessDenied').objects.create('k', 'x')).rejects.toThrow('AccessDenied')
  })
})

describe('the event', () => {
  it('is what Lambda documents', () => {
    const kinesis = {
      kinesisSchemaVersion: '1.0',
      partitionKey: '1',
      sequenceNumber: '49590338271490256608559692538361571095921575989136588898',
      data: 'SGVsbG8sIHRoaXMgaXMgYSB0ZXN0Lg==',
      approximateArrivalTimestamp: 1545084650.987,
    }
    const eventID = `shardId-000000000006:${kinesis.sequenceNumber}`
    expect(kinesisRecords({ Records: [{ kinesis, eventID, eventSource: 'aws:kinesis', eventVersion: '1.0' }] })).toEqual([
      {
        kind: 'kinesis',
        shard: 'shardId-000000000006',
        sequence: kinesis.sequenceNumber,
        partitionKey: '1',
        arrivedAt: 1545084650987,
        data: Buffer.from('Hello, this is a test.'),
      },
    ])
  })

  it('of another kind is refused, without its content', () => {
    expect(() => kinesisRecords({ Records: [{ body: 'secret' }] })).toThrow(/^the event is not one of a Kinesis stream/)
  })
})
