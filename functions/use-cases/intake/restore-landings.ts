import type { Contract } from '../../domain/contract/contract.ts'
import { admit } from '../../domain/landing/admission.ts'
import { type Landing, type LandingEvent, restoredSequencer, sameChangeSince } from '../../domain/landing/landing.ts'
import { rawPrefix } from '../../domain/names.ts'
import type { StoredObject } from '../../ports.ts'
import type { Needs } from './intake.ts'
import { type RequestCrawlWorld, requestCrawl } from './request-crawl.ts'

export type RestoreLandingsWorld = RequestCrawlWorld &
  Needs<'contracts' | 'landings' | 'raw' | 'cursors' | 'counters', 'rawBucket' | 'sweepGraceSeconds' | 'sweepLookbackDays'>

/** Pages of 1,000 keys that one run looks at in one dataset; the next run goes on from there. */
const PAGES_A_RUN = 100

/**
 * Lists the dataset's raw objects and records those whose event has not come. Only what is old enough for its event to be lost, and
 * young enough for its row not to have expired.
 */
export async function restoreLandings(dataset: string, world: RestoreLandingsWorld, until: Date): Promise<void> {
  const contracts = new Map((await world.contracts.all()).map((contract) => [contract.dataset, contract]))
  const startAfter = await world.cursors.read(dataset)
  let lastKey: string | undefined
  let pages = 0
  for await (const page of world.raw.list(rawPrefix(dataset), startAfter === undefined ? {} : { startAfter })) {
    await restorePage(dataset, page, contracts, world)
    pages += 1
    lastKey = page.at(-1)?.key
    if (pages >= PAGES_A_RUN || world.clock.now() >= until) {
      await world.cursors.write(dataset, lastKey)
      return
    }
  }
  if (startAfter !== undefined) await world.cursors.write(dataset, undefined)
}

async function restorePage(
  dataset: string,
  page: StoredObject[],
  contracts: Map<string, Contract>,
  world: RestoreLandingsWorld,
): Promise<void> {
  const now = world.clock.now().getTime()
  const newest = now - world.settings.sweepGraceSeconds * 1000
  const oldest = now - world.settings.sweepLookbackDays * 86_400_000
  const candidates = page.filter(({ lastModified }) => lastModified.getTime() <= newest && lastModified.getTime() >= oldest)
  if (candidates.length === 0) return
  const keys = candidates.map(({ key }) => key)
  const standing = new Map((await world.landings.find(dataset, keys)).map((landing) => [landing.key, landing]))
  const recordedAt = world.clock.now().toISOString()
  const lost: LandingEvent[] = candidates.flatMap((object) => {
    const known = standing.get(object.key)
    if (known && !isNewer(object, known)) return []
    const admission = admit(
      {
        kind: 'created',
        bucket: world.settings.rawBucket,
        key: object.key,
        size: object.size,
        etag: object.etag ?? '',
        sequencer: restoredSequencer(known?.sequencer),
        time: object.lastModified.toISOString(),
        oldVersion: false,
      },
      world.settings.rawBucket,
      contracts,
    )
    return 'landing' in admission ? [{ ...admission.landing, recordedAt, restored: true }] : []
  })
  if (lost.length === 0) return
  const outcomes = await world.landings.record(lost)
  world.counters.count('LandingsRestored', outcomes.filter(({ outcome }) => outcome === 'recorded').length, { dataset })
  await requestCrawl(dataset, { waits: true, again: false }, world)
}

// Something else than what is known, and not from before it. S3 tells times by the second, in which much may happen; and the same
// content may land again, with another in between that was the one that a batch read.
function isNewer({ etag, lastModified }: StoredObject, known: Landing): boolean {
  const modifiedAt = lastModified.toISOString()
  return known.status === 'deleted' || etag !== known.etag ? modifiedAt >= known.landedAt : sameChangeSince(modifiedAt) > known.landedAt
}
