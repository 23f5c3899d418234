/** A record of a stream, wherever it comes from. */
export interface StreamRecord {
  /** The shard that holds it: `shardId-000000000000`. */
  shard: string
  /** Its place in the shard, in decimal digits. */
  sequence: string
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

export function positionOf({ shard, sequence, partitionKey, arrivedAt }: StreamRecord): Record<PositionColumn, string> {
  return {
    _stream_position: `${shard}:${sequence}`,
    _sequence: sequence.padStart(SEQUENCE_DIGITS, '0'),
    _partition_key: partitionKey,
    _arrival_time: new Date(arrivedAt).toISOString(),
  }
}
