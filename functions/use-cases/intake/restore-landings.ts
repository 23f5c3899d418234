import type { Contract } from '../../domain/contract/contract.ts'
import { admit } from '../../domain/landing/admission.ts'
import { isUnheard, type Landing, type LandingEvent, restoredSequencer } from '../../domain/landing/landing.ts'
import { PAGES_A_RUN, pagesAllowed } from '../../domain/landing/listing-budget.ts'
import { rawPrefix } from '../../domain/names.ts'
import type { StoredObject } from '../../ports/object-store.ts'
import type { Needs } from './intake.ts'
import { type RequestCrawlWorld, requestCrawl } from './request-crawl.ts'

export type RestoreLandingsWorld = RequestCrawlWorld &
  Needs<'contracts' | 'landings' | 'raw' | 'cursors' | 'counters', 'rawBucket' | 'sweepGraceSeconds' | 'sweepLookbackDays'>

/**
 * Lists the dataset's raw objects against the ledger and records what it does not know: objects whose event was lost, and those that were undeleted or
 * rolled back. Each run lists as many pages as the budget allows, and the next run continues there.
 */
export async function restoreLandings(dataset: string, world: RestoreLandingsWorld, until: Date): Promise<void> {
  const cursor = await world.cursors.read(dataset)
  const at = world.clock.now().toISOString()
  let pages = cursor === undefined ? PAGES_A_RUN : pagesAllowed(cursor, at)
  if (pages < 1) return
  const contracts = new Map((await world.contracts.all()).map((contract) => [contract.dataset, contract]))
  let lastKey = cursor?.lastKey
  for await (const page of world.raw.list(rawPrefix(dataset), lastKey === undefined ? {} : { startAfter: lastKey })) {
    await restorePage(dataset, page, contracts, world)
    pages -= 1
    lastKey = page.at(-1)?.key ?? lastKey
    if (pages < 1 || world.clock.now() >= until) return world.cursors.write(dataset, { ...(lastKey && { lastKey }), pages, at })
  }
  await world.cursors.write(dataset, { pages, at })
}

async function restorePage(
  dataset: string,
  page: StoredObject[],
  contracts: Map<string, Contract>,
  world: RestoreLandingsWorld,
): Promise<void> {
  const [first, last] = [page[0], page.at(-1)]
  if (first === undefined || last === undefined) return
  // Before any other call: removals until now are in the listing.
  const now = world.clock.now()
  const existing = new Map((await world.landings.between(dataset, first.key, last.key)).map((landing) => [landing.key, landing]))
  const { sweepGraceSeconds: graceSeconds, sweepLookbackDays: lookbackDays } = world.settings
  const unheard = page.filter((object) => isUnheard(object, existing.get(object.key), { now, graceSeconds, lookbackDays }))
  const events = unheard.flatMap((object): LandingEvent[] => {
    const admission = admit(eventOf(object, existing.get(object.key), world), world.settings.rawBucket, contracts)
    return 'landing' in admission ? [{ ...admission.landing, recordedAt: now.toISOString(), restored: true }] : []
  })
  if (events.length === 0) return
  const outcomes = await world.landings.record(events)
  world.counters.count('LandingsRestored', outcomes.filter(({ outcome }) => outcome === 'recorded').length, { dataset })
  await requestCrawl(dataset, { waits: true, again: false }, world)
}

/** The event that never came. What was undeleted or rolled back is older than what the ledger knows, but came to be there later. */
function eventOf({ key, size, etag = '', lastModified }: StoredObject, known: Landing | undefined, { settings }: RestoreLandingsWorld) {
  const modifiedAt = lastModified.toISOString()
  return {
    kind: 'created' as const,
    bucket: settings.rawBucket,
    key,
    size,
    etag,
    sequencer: restoredSequencer(known?.sequencer),
    time: known !== undefined && known.landedAt > modifiedAt ? known.landedAt : modifiedAt,
    oldVersion: false,
  }
}
