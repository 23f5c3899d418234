import type { Contract } from '../../domain/contract/contract.ts'
import { admit } from '../../domain/landing/admission.ts'
import { wasListedAfter } from '../../domain/landing/landing.ts'
import type { ObjectEvent } from '../../domain/landing/object-event.ts'
import type { Needs } from './intake.ts'

/** A version or a delete marker was removed by hand, which is how an object is undeleted or rolled back in a versioned bucket. */
export const isUncovering = ({ oldVersion, byLifecycle }: ObjectEvent) => oldVersion && !byLifecycle

/**
 * What the removal has left at the key, as an event of its own: an earlier version has landed again, nothing is there any more, or what the ledger knows is
 * still there. Undefined when the key is no landing of ours.
 */
export async function currentObject(
  event: ObjectEvent,
  contracts: ReadonlyMap<string, Contract>,
  { raw, landings, settings }: Needs<'raw' | 'landings', 'rawBucket'>,
): Promise<ObjectEvent | undefined> {
  const gone: ObjectEvent = { ...event, kind: 'deleted', oldVersion: false }
  const admission = admit(gone, settings.rawBucket, contracts)
  if (!('landing' in admission)) return undefined
  const found = await objectAt(event.key, raw)
  if (found === undefined) return gone
  const [known] = await landings.find(admission.landing.dataset, [event.key])
  // A landing that still waits is recorded again: the crawl that saw it may have run before it was removed. So is one of a failed batch, which
  // would not know its object by a new sequencer.
  const wasRead = known?.status === 'done'
  const object = { ...gone, kind: 'created' as const, size: found.size, etag: found.etag ?? '' }
  if (wasRead && known.etag === found.etag) return { ...object, unchanged: true }
  // The sweep has listed what the removal left before its event came: its landing is of the same change.
  if (known !== undefined && known.etag === found.etag && wasListedAfter(known, event.time))
    return { ...object, time: known.landedAt, restored: true }
  // What an earlier version's removal has uncovered may be newer than the removal: its own event then tells of the same change.
  const modifiedAt = found.lastModified.toISOString()
  return { ...object, time: modifiedAt > event.time ? modifiedAt : event.time, restored: true }
}

// By listing, which needs no permission to read the content. In key order the key itself comes before every longer one.
async function objectAt(key: string, raw: Needs<'raw'>['raw']) {
  for await (const [first] of raw.list(key)) return first?.key === key ? first : undefined
  return undefined
}
