import type { StreamKind } from '../contract/landers.ts'
import { HEADER_COLUMNS, type Header, headerColumns } from './headers.ts'

/** A record of a stream, wherever it comes from. */
export interface StreamRecord {
  kind: StreamKind
  /** The shard of Kinesis or the partition of Kafka that holds it: `shardId-000000000000`, `clicks-0`. */
  shard: string
  /** Its place there, in decimal digits: sequence number or offset. */
  sequence: string
  /** Its place in a record that the Kinesis Producer Library has aggregated, from 0; undefined when it is a record of its own. */
  part?: number
  /** Null when the producer gave none, or when it is no text. */
  partitionKey: string | null
  /** A key that is no text. */
  keyBytes?: Buffer
  /**
   * When the stream took it, or the time that its producer gave it, in milliseconds; the same each time that it is read. Undefined when it
   * has no time between 1970 and 9999.
   */
  arrivedAt: number | undefined
  /** Of a record of Kafka, in their order. */
  headers?: Header[]
  data: Buffer
}

/** Columns that every record has beside its own fields. A contract that wants one names it. */
export const POSITION_COLUMNS = ['_stream_position', '_sequence', '_partition_key', '_partition_key_base64', '_arrival_time'] as const
export type PositionColumn = (typeof POSITION_COLUMNS)[number]

/** Names that a record of the stream may not have as fields of its own. */
export const TAKEN_NAMES: Record<StreamKind, readonly string[]> = {
  kinesis: POSITION_COLUMNS,
  kafka: [...POSITION_COLUMNS, ...HEADER_COLUMNS],
}

/**
 * Zeros in front let texts sort as numbers. Kinesis documents sequence numbers of up to 129 digits; those of today have 56. An offset of Kafka
 * has 64 bits.
 */
const SEQUENCE_DIGITS: Record<StreamKind, number> = { kinesis: 129, kafka: 19 }

/** The producer library puts at most 1 MB into a record, and so fewer parts than a million. */
const PART_DIGITS = 6

export const placeOf = ({ shard, sequence, part }: StreamRecord) => `${shard}:${sequence}${part === undefined ? '' : `:${part}`}`

/** What a record has beside its own fields. */
export function positionOf(record: StreamRecord): Partial<Record<PositionColumn, string | null>> & ReturnType<typeof headerColumns> {
  const { kind, sequence, part, partitionKey, keyBytes, arrivedAt } = record
  return {
    _stream_position: placeOf(record),
    _sequence: `${sequence.padStart(SEQUENCE_DIGITS[kind], '0')}${part === undefined ? '' : `.${String(part).padStart(PART_DIGITS, '0')}`}`,
    _partition_key: partitionKey,
    ...(keyBytes && { _partition_key_base64: keyBytes.toString('base64') }),
    _arrival_time: arrivedAt === undefined ? null : new Date(arrivedAt).toISOString(),
    ...headerColumns(record.headers),
  }
}
