import { isAggregated } from './aggregated.ts'
import { positionOf, type StreamRecord, TAKEN_NAMES } from './record.ts'

/** A record as a line of the raw file, without its end. `malformed`: why the job will set it aside. */
export interface Line {
  text: string
  malformed?: string
}

/**
 * The line of a record. A JSON object keeps its text as it is, numbers included, with its position in front; only line ends between its
 * values become blanks, since a line ends a record. Anything else becomes an array, which the job sets aside as malformed: it holds the
 * position, the reason and the record's bytes in base64.
 */
export function lineOf(record: StreamRecord): Line {
  const problem = problemOf(record)
  if (typeof problem === 'string') {
    const aside = [{ ...positionOf(record), _malformed: problem, _bytes: record.data.toString('base64') }]
    return { text: JSON.stringify(aside), malformed: problem }
  }
  const { text, isEmpty } = problem
  const rest = text.slice(text.indexOf('{') + 1)
  return {
    text: `${JSON.stringify(positionOf(record)).slice(0, -1)}${isEmpty ? '' : ','}${LINE_ENDS.test(rest) ? withoutLineEnds(rest) : rest}`,
  }
}

// In valid JSON they are between values only: a string has them escaped.
const LINE_ENDS = /[\r\n]/
const withoutLineEnds = (text: string) => text.replaceAll(/[\r\n]/g, ' ')

const GZIP = Buffer.from([0x1f, 0x8b])

// A byte order mark stays, and makes the text no JSON.
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function problemOf({ kind, data }: StreamRecord): string | { text: string; isEmpty: boolean } {
  if (data.length === 0) return 'without a value'
  if (data[0] === 0) return 'in the format of a schema registry or another binary one; a record must be a JSON object in plain text'
  // One that is whole has been taken apart before.
  if (isAggregated(data)) return 'aggregated by the Kinesis Producer Library, and damaged'
  if (data.subarray(0, GZIP.length).equals(GZIP)) return 'compressed with gzip; a record must be a JSON object in plain text'
  let text: string
  try {
    text = utf8.decode(data)
  } catch {
    return 'not UTF-8'
  }
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return 'not JSON'
  }
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return 'not a JSON object'
  const taken = TAKEN_NAMES[kind].find((name) => Object.hasOwn(value, name))
  if (taken !== undefined) return `it has a field ${taken}, which is a name of the stream's own columns`
  return { text, isEmpty: isEmptyObject(value) }
}

function isEmptyObject(value: object): boolean {
  for (const _name in value) return false
  return true
}
