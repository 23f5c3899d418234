import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { kafkaRecords } from '../../../functions/domain/stream/kafka-event.ts'
import { lineOf } from '../../../functions/domain/stream/line.ts'
import { positionOf, type StreamRecord } from '../../../functions/domain/stream/record.ts'
import { streamLambda } from '../../../functions/runtime/streams.ts'

/** The examples of https://docs.aws.amazon.com/lambda/latest/dg/with-msk.html and with-kafka.html. */
const MSK = {
  eventSource: 'aws:kafka',
  eventSourceArn: 'arn:aws:kafka:us-east-1:123456789012:cluster/vpc-2priv-2pub/751d2973-a626-431c-9d4e-d7975eb44dd7-2',
  bootstrapServers: 'b-2.demo-cluster-1.a1bcde.c1.kafka.us-east-1.amazonaws.com:9092',
  records: {
    'mytopic-0': [
      {
        topic: 'mytopic',
        partition: 0,
        offset: 15,
        timestamp: 1545084650987,
        timestampType: 'CREATE_TIME',
        key: 'abcDEFghiJKLmnoPQRstuVWXyz1234==',
        value: 'SGVsbG8sIHRoaXMgaXMgYSB0ZXN0Lg==',
        headers: [{ headerKey: [104, 101, 97, 100, 101, 114, 86, 97, 108, 117, 101] }],
      },
    ],
  },
}
const SELF_MANAGED = {
  eventSource: 'SelfManagedKafka',
  bootstrapServers: 'b-2.demo-cluster-1.a1bcde.c1.kafka.us-east-1.amazonaws.com:9092',
  records: {
    'mytopic-0': [
      {
        topic: 'mytopic',
        partition: '0',
        offset: 15,
        timestamp: 1545084650987,
        timestampType: 'CREATE_TIME',
        value: 'SGVsbG8sIHRoaXMgaXMgYSB0ZXN0Lg==',
        headers: [],
      },
    ],
  },
}

const recordOf = (more: object) =>
  kafkaRecords({ ...MSK, records: { 'clicks-2': [{ ...MSK.records['mytopic-0'][0], ...more }] } })[0] as never

describe('the event of a Kafka topic', () => {
  it.each([
    ['MSK', MSK],
    ['brokers of your own', SELF_MANAGED],
  ])('of %s is what Lambda documents', (_, event) => {
    expect(kafkaRecords(event)).toMatchObject([
      { kind: 'kafka', shard: 'mytopic-0', sequence: '15', arrivedAt: 1545084650987, data: Buffer.from('Hello, this is a test.') },
    ])
  })

  it('has each partition in its own order', () => {
    const at = (partition: number, offset: number) => ({ topic: 'a.b-c', partition, offset, timestamp: 0, value: 'e30=' })
    const records = kafkaRecords({ ...MSK, records: { 'a.b-c-0': [at(0, 7), at(0, 8)], 'a.b-c-11': [at(11, 1)] } })
    expect(records.map(({ shard, sequence }) => `${shard}:${sequence}`)).toEqual(['a.b-c-0:7', 'a.b-c-0:8', 'a.b-c-11:1'])
  })

  it.each([
    ['another kind', { Records: [{ body: 'secret' }] }],
    ['a bad record', { ...MSK, records: { 'mytopic-0': [{ topic: '../secret', partition: 0, offset: 1, timestamp: 0 }] } }],
  ])('of %s is refused, without its content', (_, event) => {
    expect(() => kafkaRecords(event)).toThrow(/^the event is not one of a Kafka topic; only its event source mapping/)
    expect(() => kafkaRecords(event)).not.toThrow(/secret/)
  })
})

describe('the position of a record of a topic', () => {
  it('is its partition and offset, its key, the time that its producer gave it, and its headers', () => {
    expect(positionOf(recordOf({ topic: 'clicks', partition: 2, offset: 41, key: 'dXNlci0x' }))).toEqual({
      _stream_position: 'clicks-2:41',
      _sequence: '0000000000000000041',
      _partition_key: 'user-1',
      _arrival_time: '2018-12-17T22:10:50.987Z',
      _headers: { headerKey: 'headerValue' },
    })
  })

  it('has a key that is no text as bytes, and of no key nothing', () => {
    expect(positionOf(recordOf({ key: '//4=' }))).toMatchObject({ _partition_key: null, _partition_key_base64: '//4=' })
    expect(positionOf(recordOf({ key: null }))).toMatchObject({ _partition_key: null })
    expect(positionOf(recordOf({ key: '' }))).toMatchObject({ _partition_key: '' })
    expect(positionOf(recordOf({ key: undefined }))).not.toHaveProperty('_partition_key_base64')
  })

  it('has its headers by name, the last value of a name that comes twice, and bytes where they are no text', () => {
    const headers = [{ trace: [195, 169] }, { trace: [-61, -87] }, { raw: [-1, 0] }, { none: null }, { '__twice.': [50] }]
    expect(positionOf(recordOf({ headers }))).toMatchObject({
      _headers: { trace: 'é', raw: null, none: null, '__twice.': '2' },
      _headers_base64: { trace: ['w6k=', 'w6k='], raw: ['/wA='] },
    })
    for (const none of [[], null, undefined]) expect(positionOf(recordOf({ headers: none }))).not.toHaveProperty('_headers')
  })

  it('has every header again, whatever its name and bytes', () => {
    const bytes = fc.option(fc.uint8Array({ maxLength: 6 }).map((each) => Buffer.from(each)))
    const headers = fc.array(fc.tuple(fc.constantFrom('a', 'b.c', 'ü', ''), bytes), { maxLength: 8 })
    fc.assert(
      fc.property(headers, (given) => {
        const asLambdaGivesThem = given.map(([name, value]) => ({ [name]: value && [...new Int8Array(value)] }))
        const { _headers = {}, _headers_base64 = {} } = JSON.parse(lineOf(recordOf({ value: 'e30=', headers: asLambdaGivesThem })).text)
        for (const name of new Set(given.map(([each]) => each))) {
          const all = given.filter(([each]) => each === name).map(([, value]) => (value === null ? null : value.toString('base64')))
          const text = _headers[name]
          expect(_headers_base64[name] ?? [text === null ? null : Buffer.from(text).toString('base64')]).toEqual(all)
        }
        expect(Object.keys(_headers).sort()).toEqual([...new Set(given.map(([name]) => name))].sort())
      }),
    )
  })

  // -1: a record without a time. Microseconds where milliseconds are due, and what no date can hold.
  it.each([-1, 1_545_084_650_987_000, 9e15, 2 ** 63])('has no time when its timestamp is %d', (timestamp) => {
    expect(positionOf(recordOf({ timestamp }))._arrival_time).toBeNull()
  })
})

it('only a record of a topic may not have a field with the name of the headers', () => {
  const value = Buffer.from('{"_headers":{"a":1}}')
  expect(lineOf(recordOf({ value: value.toString('base64') })).malformed).toBe(
    "it has a field _headers, which is a name of the stream's own columns",
  )
  expect(lineOf({ ...(recordOf({}) as StreamRecord), kind: 'kinesis', data: value }).malformed).toBeUndefined()
})

it.each([
  ['a tombstone', { value: null }, 'without a value'],
  ['an empty value', { value: '' }, 'without a value'],
  [
    'what a schema registry has written',
    { value: Buffer.from([0, 0, 0, 0, 7, 2]).toString('base64') },
    'in the format of a schema registry or another binary one; a record must be a JSON object in plain text',
  ],
])('%s is malformed, and says why', (_, more, reason) => {
  expect(lineOf(recordOf(more)).malformed).toBe(reason)
})

it('a batch of a topic fails as a whole when a part of it was not landed, so that Lambda brings it again', async () => {
  const call = (kind: 'kafka' | 'kinesis', event: unknown, fails: boolean) =>
    streamLambda(
      () => kind,
      async ([from]) => (fails && from ? { from, error: new Error('AccessDenied') } : undefined),
    )(event as never, {} as never)
  await expect(call('kafka', MSK, true)).rejects.toThrow('AccessDenied')
  await expect(call('kafka', MSK, false)).resolves.toEqual({ batchItemFailures: [] })
  const kinesis = { sequenceNumber: '7', partitionKey: 'k', data: 'e30=', approximateArrivalTimestamp: 1 }
  await expect(call('kinesis', { Records: [{ eventID: 'shardId-0:7', kinesis }] }, true)).resolves.toEqual({
    batchItemFailures: [{ itemIdentifier: '7' }],
  })
})
