/** One raw object as the ledger knows it. */
export interface Landing {
  dataset: string
  /** Decoded object key. */
  key: string
  /** Orders the events of one key; see `canonicalSequencer`. */
  sequencer: string
  size: number
  etag: string
  /** Hive values of its folders, by partition key. */
  partition: Record<string, string>
  /** S3's time of the event. */
  landedAt: string
  /** The ledger's time: a crawl that starts later than this has seen the object. */
  recordedAt: string
  status: 'waiting' | 'done' | 'failed' | 'deleted'
  /** The batch that closed it. */
  batchId?: string
  /** Recorded from a listing; see `restoredSequencer`. */
  restored?: boolean
  /** The ledger knew earlier content of the key: rows of it may be in quarantine. */
  relanded?: true
}

/** What an S3 event reports of a key: it holds this now, or nothing any more. The sweep makes `restored` ones from a listing, and so does the removal of a version. */
export interface LandingEvent extends Omit<Landing, 'status' | 'batchId' | 'relanded'> {
  deleted: boolean
  /** The key still holds what the ledger knows and a batch has read: only older events, which may come later, count no more. */
  unchanged?: boolean
}

/**
 * recorded: the row now holds this event. duplicate: it held this event or an equal one already. stale: it holds something newer. overtaken: for an
 * unchanged event, the row has changed since the key was read, so the key must be read again.
 * `waiting`: whether the object waits for a batch, even if an earlier delivery recorded it: a redelivery must still request its crawl.
 */
export interface LandingOutcome {
  outcome: 'recorded' | 'duplicate' | 'stale' | 'overtaken'
  waiting: boolean
}

/**
 * S3 sequencers are hexadecimal numbers that compare as strings, the shorter one padded with zeros on the right. Without
 * trailing zeros, sequencers of any length compare correctly as they are: '0' is the smallest digit.
 */
export function canonicalSequencer(sequencer: string): string | undefined {
  return /^[0-9A-Fa-f]{1,128}$/.test(sequencer) ? sequencer.toUpperCase().replace(/0+$/, '') : undefined
}

/**
 * The sequencer of an object that a listing shows and whose event never came. It is above the recorded one, and below the event's
 * own if that still comes ('!' sorts before every digit).
 */
export const restoredSequencer = (existing: string | undefined) => `${existing ?? ''}${LISTED}`
export const LISTED = '!'
/** Whether the sweep has recorded it, from a listing that was made when all changes of its second, and of those before, were there. */
export const isListed = ({ sequencer }: Pick<Landing, 'sequencer'>) => sequencer.endsWith(LISTED)

/** S3's times of one and the same change, in an event and in a listing, differ by no more than this. */
const SAME_CHANGE_SECONDS = 60
/** A change at or after this may be the one that happened at `landedAt`. */
export const sameChangeSince = (landedAt: string) => new Date(Date.parse(landedAt) - SAME_CHANGE_SECONDS * 1000).toISOString()
/** Whether the sweep's listing has seen a change that happened at `time`. The row's time is that right after the listing; a minute is for clocks and a slow answer. */
export const wasListedAfter = (row: Pick<Landing, 'sequencer' | 'recordedAt'>, time: string) =>
  isListed(row) && sameChangeSince(row.recordedAt) >= new Date(time).toISOString()

/**
 * Whether a listing shows an object that the ledger does not know as it is: its event was lost, or it was undeleted or rolled back. The listing was
 * made now; a change whose event may still be on its way does not count yet, on either side.
 */
export function isUnheard(
  object: { etag?: string; lastModified: Date },
  known: Pick<Landing, 'status' | 'etag' | 'landedAt'> | undefined,
  { now, graceSeconds, lookbackDays }: { now: Date; graceSeconds: number; lookbackDays: number },
): boolean {
  // In numbers: a sweep compares fifteen million objects a month.
  const modifiedAt = object.lastModified.getTime()
  const eventsHaveCome = now.getTime() - graceSeconds * 1000
  if (modifiedAt > eventsHaveCome) return false
  // The row of an older one may have expired.
  if (known === undefined) return modifiedAt >= now.getTime() - lookbackDays * 86_400_000
  const landedAt = Date.parse(known.landedAt)
  if (landedAt > eventsHaveCome) return false
  if (known.status === 'deleted' || object.etag !== known.etag) return true
  // S3's times have whole seconds, in which much may happen. The same content may also land again after another that a batch has read.
  return modifiedAt - SAME_CHANGE_SECONDS * 1000 > landedAt
}

/**
 * Whether the event replaces the recorded landing. A restored landing is not replaced by the late event of the same change, nor by
 * earlier events; one that the sweep has listed by none of the same second.
 */
export function supersedes(
  event: Pick<LandingEvent, 'sequencer' | 'etag' | 'landedAt' | 'restored'>,
  existing: ExistingLanding | undefined,
): boolean {
  if (existing === undefined) return true
  if (event.sequencer <= existing.sequencer) return false
  if (!existing.restored) return true
  const isItself = existing.etag === event.etag && existing.landedAt >= sameChangeSince(event.landedAt)
  if (isItself) return false
  return isListed(existing) && !event.restored ? existing.landedAt < event.landedAt : existing.landedAt <= event.landedAt
}
/** Whether the row still holds the content that an unchanged event is about, and a batch has read it. */
export const isStillKnown = (event: Pick<LandingEvent, 'sequencer' | 'etag'>, existing: Pick<Landing, 'sequencer' | 'etag' | 'status'>) =>
  existing.sequencer < event.sequencer && existing.etag === event.etag && existing.status === 'done'

export type ExistingLanding = Pick<Landing, 'sequencer' | 'etag' | 'landedAt'> & { restored?: boolean }

export const LANDING_SHARDS = 16

/** FNV-1a: spreads one dataset's keys over 16 partitions of the table, so that a burst makes no partition hot. */
export function landingShard(key: string): string {
  let hash = 0x811c9dc5
  for (let index = 0; index < key.length; index += 1) hash = Math.imul(hash ^ key.charCodeAt(index), 0x01000193)
  return String((hash >>> 0) % LANDING_SHARDS).padStart(2, '0')
}
