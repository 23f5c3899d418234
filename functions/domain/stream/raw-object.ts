import { compactTime, rawPrefix } from '../names.ts'
import { type Line, lineOf } from './line.ts'
import type { StreamRecord } from './record.ts'

/** Records of one shard, in their order, that arrived on one day: what becomes one object. */
export type Run = [StreamRecord, ...StreamRecord[]]

/**
 * A batch by shard and day of arrival, in the order of their first records. A record's own arrival time decides, so each attempt at a batch
 * makes the same of it. Times that producers give go back and forth: a day has one run all the same.
 */
export function runsOf(records: StreamRecord[]): Run[] {
  const runs = new Map<string, Run>()
  for (const record of records) {
    const place = `${record.shard} ${dayOf(record)}`
    const run = runs.get(place)
    if (run) run.push(record)
    else runs.set(place, [record])
  }
  return [...runs.values()]
}

/**
 * `raw/<dataset>/<key>=<day>/<time of the first>_<shard>_<first>_<last>.json.gz`: the same for the same records, another for others. The time
 * lets objects sort, and tells apart what a deleted stream of the same name has held.
 */
export function objectKey(dataset: string, partitionKey: string, run: Run): string {
  const [first] = run
  const last = run.at(-1) as StreamRecord
  const time = compactTime(timeOf(first).toISOString())
  return `${rawPrefix(dataset)}${partitionKey}=${dayOf(first)}/${time}_${first.shard}_${first.sequence}_${last.sequence}.json.gz`
}

/** What the object of that key has landed; undefined when no lander has written it. */
export function landedRange(key: string): { shard: string; first: string; last: string } | undefined {
  const [, shard = '', first = '', last = ''] = /\/\d{8}T\d{6}Z_([\w.-]+)_(\d+)_(\d+)\.json\.gz$/.exec(key) ?? []
  return shard === '' ? undefined : { shard, first, last }
}

export interface RawObject {
  /** Lines of JSON. */
  text: string
  /** Of the records, as the stream has them. */
  bytes: number
  malformed: { record: StreamRecord; reason: string }[]
}

/** The same text for the same records. */
export function rawObject(run: Run): RawObject {
  const lines: string[] = []
  const malformed: RawObject['malformed'] = []
  let bytes = 0
  for (const record of run) {
    const line: Line = lineOf(record)
    lines.push(line.text)
    if (line.malformed !== undefined) malformed.push({ record, reason: line.malformed })
    bytes += record.data.length
  }
  return { text: `${lines.join('\n')}\n`, bytes, malformed }
}

/** A record without a time has a folder all the same: that of the first day of 1970. */
const timeOf = ({ arrivedAt }: StreamRecord) => new Date(arrivedAt ?? 0)
const dayOf = (record: StreamRecord) => timeOf(record).toISOString().slice(0, 10)
