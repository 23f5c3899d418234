/** A record of a stream, wherever it comes from. */
export interface StreamRecord {
  /** The shard that holds it: `shardId-000000000000`. */
  shard: string
  /** Its place in the shard, in decimal digits. */
  sequence: string
  /** Its place in a record that the Kinesis Producer Library has aggregated, from 0; undefined when it is a record of its own. */
  part?: number
  partitionKey: string
  /** When the stream took it, in milliseconds; the same each time that it is read. */
  arrivedAt: number
  data: Buffer
}

/** Columns that every record has beside its own fields. A contract that wants one names it. */
export const POSITION_COLUMNS = ['_stream_position', '_sequence', '_partition_key', '_arrival_time'] as const
export type PositionColumn = (typeof POSITION_COLUMNS)[number]

/** Kinesis documents sequence numbers of up to 129 digits; those of today have 56. Zeros in front let texts sort as numbers. */
const SEQUENCE_DIGITS = 129

/** The producer library puts at most 1 MB into a record, and so fewer parts than a million. */
const PART_DIGITS = 6

export const placeOf = ({ shard, sequence, part }: StreamRecord) => `${shard}:${sequence}${part === undefined ? '' : `:${part}`}`

export function positionOf(record: StreamRecord): Record<PositionColumn, string> {
  const { sequence, part, partitionKey, arrivedAt } = record
  return {
    _stream_position: placeOf(record),
    _sequence: `${sequence.padStart(SEQUENCE_DIGITS, '0')}${part === undefined ? '' : `.${String(part).padStart(PART_DIGITS, '0')}`}`,
    _partition_key: partitionKey,
    _arrival_time: new Date(arrivedAt).toISOString(),
  }
}
