import { LosslessNumber } from 'lossless-json'
import { BATCH_ID, findSnapshot, headOf, type TableMetadata } from './metadata.ts'

const PREFIX = 'month_'

/** A tag of the table, as the Iceberg spec has it ("Snapshot References"): expiry keeps its snapshot. */
export interface MonthEnd {
  /** `month_2025_01` */
  tag: string
  snapshotId: string
  /** Undefined where the table was at no batch of ours. */
  batchId: string | undefined
}

/** Newest first. */
export function monthEnds(metadata: TableMetadata): MonthEnd[] {
  const tags = Object.entries(metadata.refs).filter(([name, { type }]) => type === 'tag' && name.startsWith(PREFIX))
  return tags
    .map(([tag, ref]) => {
      const snapshotId = ref['snapshot-id'].value
      return { tag, snapshotId, batchId: findSnapshot(metadata, snapshotId)?.summary[BATCH_ID] }
    })
    .sort((left, right) => (left.tag < right.tag ? 1 : -1))
}

/**
 * The metadata with a tag for each month that has ended since `main` last moved, at where it is, and with the newest `keep` of all. Months are those of UTC. Call it
 * right before `main` moves on. A table that no batch has been published to gets none.
 */
export function withMonthEnds(metadata: TableMetadata, keep: number, now: Date): TableMetadata {
  const head = findSnapshot(metadata, headOf(metadata))
  if (head?.summary[BATCH_ID] === undefined) return metadata
  const at = new LosslessNumber(head['snapshot-id'].value)
  const ended = monthsBetween(movedAt(metadata, head['timestamp-ms'].value), now).slice(-keep)
  const missing = ended.map(tagOf).filter((tag) => !(tag in metadata.refs))
  const refs = { ...metadata.refs, ...Object.fromEntries(missing.map((tag) => [tag, { 'snapshot-id': at, type: 'tag' }])) }
  const gone = monthEnds({ ...metadata, refs }).slice(keep)
  for (const { tag } of gone) delete refs[tag]
  return { ...metadata, refs }
}

/** When `main` came to where it is: its newest entry in the log, or, where that has none, when the snapshot was made. */
function movedAt(metadata: TableMetadata, otherwise: string): Date {
  const last = metadata['snapshot-log'].at(-1)?.['timestamp-ms'] as LosslessNumber | undefined
  return new Date(Number(last?.value ?? otherwise))
}

/** Months from that of `from` to the one before that of `to`, as first days in UTC. */
function monthsBetween(from: Date, to: Date): Date[] {
  const found: Date[] = []
  for (let month = first(from); month < first(to); month = first(month, 1)) found.push(month)
  return found
}

const first = (date: Date, later = 0) => new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + later, 1))
const tagOf = (month: Date) => `${PREFIX}${month.toISOString().slice(0, 7).replace('-', '_')}`
