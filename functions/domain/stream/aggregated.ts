import { createHash } from 'node:crypto'
import { type Field, fieldsOf } from './protobuf.ts'
import type { StreamRecord } from './record.ts'

// https://github.com/awslabs/amazon-kinesis-producer/blob/master/aggregation-format.md: these bytes, a message of Protocol Buffers, its MD5.
const MAGIC = Buffer.from([0xf3, 0x89, 0x9a, 0xc2])
const MD5_BYTES = 16

/** Fields of the messages AggregatedRecord and Record. */
const KEY_TABLE = 1
const RECORDS = 3
const KEY_INDEX = 1
const DATA = 3

export const isAggregated = (data: Buffer) => data.subarray(0, MAGIC.length).equals(MAGIC)

/**
 * The records that the Kinesis Producer Library has packed into one, each with its place in it as `part`. Any other record, and one that is
 * damaged, as it is.
 */
export function recordsIn(record: StreamRecord): StreamRecord[] {
  if (!isAggregated(record.data)) return [record]
  return unpacked(record) ?? [record]
}

function unpacked(record: StreamRecord): StreamRecord[] | undefined {
  const message = record.data.subarray(MAGIC.length, -MD5_BYTES)
  if (!createHash('md5').update(message).digest().equals(record.data.subarray(-MD5_BYTES))) return undefined
  const fields = fieldsOf(message)
  const keys = fields?.filter(({ number }) => number === KEY_TABLE).map(({ bytes }) => bytes?.toString('utf8'))
  const parts = fields?.filter(({ number }) => number === RECORDS).map(({ bytes }) => bytes && fieldsOf(bytes))
  if (!keys || !parts) return undefined
  const found: StreamRecord[] = []
  for (const [part, inner] of parts.entries()) {
    const partitionKey = keys[Number(lastOf(inner, KEY_INDEX)?.integer ?? -1)]
    const data = lastOf(inner, DATA)?.bytes
    if (partitionKey === undefined || data === undefined) return undefined
    found.push({ ...record, part, partitionKey, data })
  }
  return found
}

const lastOf = (fields: Field[] | undefined, number: number) => fields?.findLast((field) => field.number === number)
