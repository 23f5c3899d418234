import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TestRecord } from '../kafka-broker.ts'

/** A topic of two partitions. */
export const TOPIC = 'web.taps'

const CONTRACT = `dataset: taps
owner: web@example.com
source:
  kafka: { connection: events, topic: ${TOPIC} }
columns:
  tap_id: string
  amount: decimal(38,20)
  tapped_at: timestamp
  user: { type: string, from: _partition_key }
  offset: { type: string, from: _sequence }
  position: { type: string, from: _stream_position }
  trace: { type: string, from: [_headers, trace.id] }
  raw: { type: string, from: _headers_base64 }
  produced_at: { type: timestamp, from: _arrival_time }
derive: { tap_date: to_date(tapped_at) }
primary_key: [tap_id]
latest_by: [tapped_at, offset]
curated: { partition_by: [tap_date] }
`
const AT = '"tapped_at":"2026-03-01T12:00:00Z"'
const PRODUCED = Date.parse('2026-03-01T12:00:07.250Z')
const tap = (value: TestRecord['value'], partition = 0, headers: NonNullable<TestRecord['headers']> = []): TestRecord => ({
  ...{ value, key: 'user-1', partition, timestamp: PRODUCED, headers },
})

/** What is put into the topic: a record that comes twice, a later one of the same key, and what is no JSON object. */
export const RECORDS = [
  tap(`{"tap_id":"t1","amount":1.10000000000000000001,${AT}}`),
  tap(`{"tap_id":"t1","amount":1.10000000000000000001,${AT}}`),
  tap(`{"tap_id":"t2","amount":2.5,${AT}}`, 1, [
    ['trace.id', 'first'],
    ['trace.id', 'Zoë'],
    ['raw', Buffer.from([0xff, 0x00])],
  ]),
  tap(`{"tap_id":"t1","amount":3,${AT}}`),
  tap('no json', 1),
  tap(Buffer.from([0x7b, 0xff, 0x7d]), 1),
  tap(null),
  tap(`{"tap_id":"t3","amount":"much",${AT}}`),
]

/** The rows that are there in the end, with their position. */
export const TAPS = [
  ['t1', '3.00000000000000000000', 'user-1', '0000000000000000002', `${TOPIC}-0:2`, '2026-03-01T12:00:07.250000', null, null],
  [
    't2',
    '2.50000000000000000000',
    'user-1',
    '0000000000000000000',
    `${TOPIC}-1:0`,
    '2026-03-01T12:00:07.250000',
    'Zoë',
    '{"trace.id":["Zmlyc3Q=","Wm/Dqw=="],"raw":["/wA="]}',
  ],
]
/** What the topic's malformed records were: their position and their bytes. */
export const MALFORMED_TAPS = [
  [`${TOPIC}-0:3`, ''],
  [`${TOPIC}-1:1`, Buffer.from('no json').toString('base64')],
  [`${TOPIC}-1:2`, Buffer.from([0x7b, 0xff, 0x7d]).toString('base64')],
]

/** Puts a dataset with a topic beside the others of the folder, and the connection that it names. */
export function writeTaps(folder: string): void {
  writeFileSync(join(folder, 'contracts', 'taps.yml'), CONTRACT)
  mkdirSync(join(folder, 'connections'))
  writeFileSync(
    join(folder, 'connections', 'events.yml'),
    'cluster: arn:aws:kafka:us-east-1:123456789012:cluster/events/751d2973-a626-431c-9d4e-d7975eb44dd7-2\n',
  )
}
