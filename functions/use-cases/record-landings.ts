import { admit, type IgnoreReason } from '../domain/admission.ts'
import type { LandingEvent, LandingOutcome } from '../domain/landing.ts'
import { parseObjectEvents } from '../domain/object-event.ts'
import type { Intake, Needs } from './intake.ts'
import { requestCrawl } from './request-crawl.ts'

export type RecordLandingsWorld = Needs<'contracts' | 'landings' | 'flows' | 'timer' | 'counters' | 'clock', 'rawBucket' | 'settleSeconds'>

/** A message of the landings queue: its id and body. */
export interface LandingMessage {
  id: string
  body: string
}

/**
 * Records what S3 says in the ledger and sees that a crawl follows. Messages fail one by one: the answer holds the error of each that
 * must come again (or go to the DLQ, when it never will be right).
 */
export async function recordLandings(messages: LandingMessage[], world: RecordLandingsWorld): Promise<Map<string, Error>> {
  const failures = new Map<string, Error>()
  const contracts = new Map((await world.contracts.all()).map((contract) => [contract.dataset, contract]))
  const recordedAt = world.clock.now().toISOString()
  const accepted: { message: string; event: LandingEvent }[] = []
  const tally = new Tally(world.counters)
  for (const { id, body } of messages) {
    try {
      const parsed = parseObjectEvents(body)
      if (parsed.ignored) tally.ignored(parsed.ignored)
      for (const event of parsed.events) {
        const admission = admit(event, world.settings.rawBucket, contracts)
        if ('landing' in admission) accepted.push({ message: id, event: { ...admission.landing, recordedAt } })
        else tally.ignored(admission.ignored, admission.dataset)
      }
    } catch (error) {
      failures.set(id, error as Error)
      tally.malformed()
    }
  }
  const byDataset = new Map<string, typeof accepted>()
  for (const entry of accepted) {
    const group = byDataset.get(entry.event.dataset)
    if (group) group.push(entry)
    else byDataset.set(entry.event.dataset, [entry])
  }
  await Promise.all(
    [...byDataset].map(async ([dataset, group]) => {
      try {
        const outcomes = await world.landings.record(group.map(({ event }) => event))
        tally.recorded(dataset, outcomes)
        // Also for a duplicate that still waits: the first delivery may have died between its record and its request.
        const waits = outcomes.some(({ waiting }) => waiting)
        await requestCrawl(dataset, { waits, again: outcomes.some(({ outcome }) => outcome !== 'recorded') }, world)
      } catch (error) {
        for (const { message } of group) failures.set(message, error as Error)
      }
    }),
  )
  tally.publish()
  return failures
}

/** Counts first and publishes once: a metric line for each of ten thousand files would cost more than the files. */
class Tally {
  readonly #counts = new Map<string, { name: string; dimensions: Record<string, string>; value: number }>()
  readonly #counters: Intake['counters']

  constructor(counters: Intake['counters']) {
    this.#counters = counters
  }
  ignored(reason: IgnoreReason, dataset = 'none') {
    this.#add('LandingsIgnored', { dataset, reason })
  }
  malformed() {
    this.#add('LandingsMalformed', {})
  }
  recorded(dataset: string, outcomes: LandingOutcome[]) {
    for (const { outcome } of outcomes) this.#add(OUTCOME_METRICS[outcome], { dataset })
  }
  publish() {
    for (const { name, dimensions, value } of this.#counts.values()) this.#counters.count(name, value, dimensions)
  }
  #add(name: string, dimensions: Record<string, string>) {
    const id = `${name} ${dimensions.dataset ?? ''} ${dimensions.reason ?? ''}`
    const standing = this.#counts.get(id)
    if (standing) standing.value += 1
    else this.#counts.set(id, { name, dimensions, value: 1 })
  }
}

const OUTCOME_METRICS = { recorded: 'LandingsRecorded', duplicate: 'LandingsDuplicate', stale: 'LandingsStale' } as const
