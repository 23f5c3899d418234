import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const CONTRACT = `dataset: clicks
owner: web@example.com
source:
  kinesis: { stream: clicks }
columns:
  click_id: string
  amount: decimal(38,20)
  clicked_at: timestamp
  sequence: { type: string, from: _sequence }
  position: { type: string, from: _stream_position }
  arrived_at: { type: timestamp, from: _arrival_time }
derive: { click_date: to_date(clicked_at) }
primary_key: [click_id]
latest_by: [clicked_at, sequence]
curated: { partition_by: [click_date] }
`
const AT = '"clicked_at":"2026-03-01T12:00:00Z"'

/** What is put into the stream, wave by wave: a record a line, the bytes of which are no UTF-8 in one of them. */
const WAVES = [
  [
    `{"click_id":"c1","amount":1.10000000000000000001,${AT}}`,
    `{"click_id":"c2","amount":2.5,${AT}}`,
    'no json',
    '[1]',
    `{"click_id":"c1","amount":3,${AT}}`,
  ],
  [`{"click_id":"c2","amount":2.50,${AT}}`, '{"click_id":"\xff"}', '{"click_id":"c3","amount":"much"}'],
]

/** The rows that are there in the end: of two with one time, the later in the stream. */
export const CLICKS = [
  ['c1', '3.00000000000000000000'],
  ['c2', '2.50000000000000000000'],
]
export const CLICKS_READ = WAVES.flat().length
/** What the stream's malformed records were, as bytes. */
export const MALFORMED = ['no json', '[1]', '{"click_id":"\xff"}'].map((text) => Buffer.from(text, 'latin1').toString('base64'))

/** Puts a dataset with a stream beside the others of the folder. */
export function writeClicks(folder: string): void {
  writeFileSync(join(folder, 'contracts', 'clicks.yml'), CONTRACT)
  for (const [index, lines] of WAVES.entries()) {
    const place = join(folder, `wave-${index + 1}`, 'clicks')
    mkdirSync(place, { recursive: true })
    writeFileSync(join(place, 'records.jsonl'), lines.join('\n'), 'latin1')
  }
}
