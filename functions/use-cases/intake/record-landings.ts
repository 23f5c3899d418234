import { TransientDependencyError } from '../../domain/errors.ts'
import { admit, type IgnoreReason, isMisplaced } from '../../domain/landing/admission.ts'
import type { LandingEvent, LandingOutcome } from '../../domain/landing/landing.ts'
import { MisplacedKeys, NO_DATASET } from '../../domain/landing/misplaced.ts'
import { parseObjectEvents } from '../../domain/landing/object-event.ts'
import { currentObject, isUncovering } from './current-object.ts'
import type { Needs } from './intake.ts'
import { requestCrawl } from './request-crawl.ts'

export type RecordLandingsWorld = Needs<
  'contracts' | 'landings' | 'misplaced' | 'flows' | 'timer' | 'raw' | 'counters' | 'log' | 'alerts' | 'clock',
  'rawBucket' | 'settleSeconds'
>

/** A message of the landings queue: its id and body. */
export interface LandingMessage {
  id: string
  body: string
}

/**
 * Records S3's events in the ledger and requests a crawl. Messages fail one by one: the answer holds the error of each that
 * must come again (or go to the DLQ, when it never succeeds).
 */
export async function recordLandings(messages: LandingMessage[], world: RecordLandingsWorld): Promise<Map<string, Error>> {
  const failures = new Map<string, Error>()
  const contracts = new Map((await world.contracts.all()).map((contract) => [contract.dataset, contract]))
  const recordedAt = world.clock.now().toISOString()
  const accepted: { message: string; event: LandingEvent }[] = []
  const tally = new Tally(world)
  const misplaced = new MisplacedKeys()
  for (const { id, body } of messages) {
    try {
      const parsed = parseObjectEvents(body)
      if (parsed.ignored) tally.ignored(parsed.ignored)
      for (const said of parsed.events) {
        const event = isUncovering(said) ? await currentObject(said, contracts, world) : said
        if (event === undefined) {
          tally.ignored('old-version', said.key.split('/')[1])
          continue
        }
        const admission = admit(event, world.settings.rawBucket, contracts)
        if ('landing' in admission) {
          const found = { ...(event.unchanged && { unchanged: true }), ...(event.restored && { restored: true }) }
          accepted.push({ message: id, event: { ...admission.landing, recordedAt, ...found } })
        } else {
          tally.ignored(admission.ignored, admission.dataset)
          if (!isMisplaced(admission.ignored)) continue
          misplaced.add(admission.dataset ?? NO_DATASET, event)
          if (event.kind === 'created') tally.misplaced(id, event.key, admission.ignored, admission.dataset)
        }
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
        for (const [index, { message, event }] of group.entries())
          if (outcomes[index]?.outcome === 'overtaken') failures.set(message, new TransientDependencyError(`${event.key} has just changed`))
        // Also for a duplicate that still waits: the first delivery may have died between its record and its request.
        const waits = outcomes.some(({ waiting }) => waiting)
        await requestCrawl(dataset, { waits, again: outcomes.some(({ outcome }) => outcome !== 'recorded') }, world)
      } catch (error) {
        for (const { message } of group) failures.set(message, error as Error)
      }
    }),
  )
  for (const [id, error] of await tally.publish()) failures.set(id, error)
  await noteMisplaced(misplaced, world)
  return failures
}

/** For `status`, which counts them. A note that fails is lost: log and alert have named the files. */
async function noteMisplaced(keys: MisplacedKeys, world: Needs<'misplaced' | 'log'>): Promise<void> {
  for (const [dataset, { there, gone }] of keys.byDataset()) {
    try {
      if (there.length > 0) await world.misplaced.note(dataset, there)
      if (gone.length > 0) await world.misplaced.forget(dataset, gone)
    } catch (error) {
      world.log.warn('misplaced files could not be noted', { dataset, error: (error as Error).message })
    }
  }
}

interface Misplaced {
  reason: IgnoreReason
  dataset: string | undefined
  files: number
  keys: string[]
}

/** Of misplaced files an invocation logs no more keys than these for each reason. */
const KEYS_LOGGED = 20

/** Counts first and publishes once: a metric line for each of ten thousand files would cost more than the files. */
class Tally {
  readonly #counts = new Map<string, { name: string; dimensions: Record<string, string>; value: number }>()
  readonly #misplaced = new Map<string, Misplaced & { messages: string[] }>()
  readonly #world: Needs<'counters' | 'log' | 'alerts'>

  constructor(world: Needs<'counters' | 'log' | 'alerts'>) {
    this.#world = world
  }
  ignored(reason: IgnoreReason, dataset = 'none') {
    this.#add('LandingsIgnored', { dataset, reason })
  }
  /** Counted apart and without a dimension, so that one alarm (infra/alarms.yml) watches every dataset; log and alert name the files. */
  misplaced(message: string, key: string, reason: IgnoreReason, dataset: string | undefined) {
    this.#add('FilesMisplaced', {})
    const id = `${reason} ${dataset}`
    const group = this.#misplaced.get(id) ?? { reason, dataset, files: 0, keys: [], messages: [] }
    group.files += 1
    group.messages.push(message)
    if (group.keys.length < KEYS_LOGGED) group.keys.push(key)
    this.#misplaced.set(id, group)
  }
  malformed() {
    this.#add('LandingsMalformed', {})
  }
  recorded(dataset: string, outcomes: LandingOutcome[]) {
    for (const { outcome } of outcomes) this.#add(OUTCOME_METRICS[outcome], { dataset })
  }
  /** Returns the messages whose alert could not be sent: they must come again. */
  async publish(): Promise<Map<string, Error>> {
    const failures = new Map<string, Error>()
    for (const { name, dimensions, value } of this.#counts.values()) this.#world.counters.count(name, value, dimensions)
    for (const { messages, ...fields } of this.#misplaced.values()) {
      this.#world.log.warn('files landed where no contract looks for them', fields)
      try {
        await this.#world.alerts.filesMisplaced({ ...fields, dataset: fields.dataset ?? NO_DATASET })
      } catch (error) {
        for (const message of messages) failures.set(message, error as Error)
      }
    }
    return failures
  }
  #add(name: string, dimensions: Record<string, string>) {
    const id = `${name} ${dimensions.dataset ?? ''} ${dimensions.reason ?? ''}`
    const existing = this.#counts.get(id)
    if (existing) existing.value += 1
    else this.#counts.set(id, { name, dimensions, value: 1 })
  }
}

const OUTCOME_METRICS = {
  recorded: 'LandingsRecorded',
  duplicate: 'LandingsDuplicate',
  stale: 'LandingsStale',
  overtaken: 'LandingsOvertaken',
} as const
