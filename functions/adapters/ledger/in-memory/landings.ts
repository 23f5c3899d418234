import { isStillKnown, type Landing, type LandingEvent, type LandingOutcome, supersedes } from '../../../domain/landing/landing.ts'
import type { Clock } from '../../../ports/clock.ts'
import type { Landings } from '../../../ports/landings.ts'
import { DONE_LANDING_DAYS } from '../dynamodb/landings.ts'

/** Landings of a page, as a query answers them. */
const PAGE = 1000

/** Without `keepDone` rows of what is done go at once, not after their time to live: for runs whose memory is looked at. */
export function inMemoryLandings(clock: Clock, keepDone: boolean): Landings & { expire: (isGone: () => boolean) => void } {
  const rows = new Map<string, Map<string, Landing>>()
  const waitingKeys = new Map<string, Set<string>>()
  const of = <T>(map: Map<string, T>, dataset: string, make: () => T): T => {
    const existing = map.get(dataset) ?? make()
    map.set(dataset, existing)
    return existing
  }
  const rowsOf = (dataset: string) => of(rows, dataset, () => new Map<string, Landing>())
  const expiries = new Map<string, { dataset: string; key: string; at: number }>()
  const live = (dataset: string, key: string, status: Landing['status']) => {
    if (!keepDone) return
    const id = `${dataset} ${key}`
    if (status === 'done' || status === 'deleted')
      expiries.set(id, { dataset, key, at: clock.now().getTime() + DONE_LANDING_DAYS * 86_400_000 })
    else expiries.delete(id)
  }
  const waitingOf = (dataset: string) => of(waitingKeys, dataset, () => new Set<string>())

  function record(event: LandingEvent): LandingOutcome {
    const existing = rowsOf(event.dataset).get(event.key)
    if (event.unchanged && existing !== undefined) {
      const known = isStillKnown(event, existing)
      if (known) rowsOf(event.dataset).set(event.key, { ...existing, sequencer: event.sequencer })
      const otherwise = existing.sequencer < event.sequencer ? 'overtaken' : 'stale'
      return { outcome: known ? 'duplicate' : otherwise, waiting: existing.status === 'waiting' }
    }
    if (supersedes(event, existing)) {
      const { deleted, restored, unchanged: _, ...landing } = event
      const status = deleted ? 'deleted' : 'waiting'
      const marks = { ...(restored && { restored }), ...(existing !== undefined && { relanded: true as const }) }
      rowsOf(event.dataset).set(event.key, { ...landing, status, ...marks })
      live(event.dataset, event.key, deleted ? 'deleted' : 'waiting')
      if (deleted) waitingOf(event.dataset).delete(event.key)
      else waitingOf(event.dataset).add(event.key)
      return { outcome: 'recorded', waiting: !deleted }
    }
    const same = existing?.sequencer === event.sequencer || (existing?.restored === true && existing.etag === event.etag)
    return { outcome: same ? 'duplicate' : 'stale', waiting: existing?.status === 'waiting' }
  }

  return {
    record: async (events) => events.map(record),

    async *waiting(dataset, through) {
      let page: Landing[] = []
      for (const key of waitingOf(dataset)) {
        const landing = rowsOf(dataset).get(key)
        if (landing === undefined || (through !== undefined && landing.recordedAt > through)) continue
        page.push(landing)
        if (page.length === PAGE) {
          yield page
          page = []
        }
      }
      if (page.length > 0) yield page
    },

    async oldestWaiting(dataset) {
      let oldest: string | undefined
      for (const key of waitingOf(dataset)) {
        const recordedAt = rowsOf(dataset).get(key)?.recordedAt
        if (recordedAt !== undefined && (oldest === undefined || recordedAt < oldest)) oldest = recordedAt
      }
      return oldest
    },

    async close(dataset, batchId, status, claimed) {
      let closed = 0
      for (const { key, sequencer } of claimed) {
        const existing = rowsOf(dataset).get(key)
        if (existing?.sequencer !== sequencer || (status === 'failed' && existing.status === 'done')) continue
        if (status === 'done' && !keepDone) rowsOf(dataset).delete(key)
        else rowsOf(dataset).set(key, { ...existing, status, batchId })
        live(dataset, key, status)
        waitingOf(dataset).delete(key)
        closed += 1
      }
      return { closed }
    },

    expire(isGone) {
      for (const [id, { dataset, key, at }] of expiries) {
        if (at > clock.now().getTime() || !isGone()) continue
        rowsOf(dataset).delete(key)
        expiries.delete(id)
      }
    },

    find: async (dataset, keys) => keys.flatMap((key) => rowsOf(dataset).get(key) ?? []),

    between: async (dataset, first, last) => [...rowsOf(dataset).values()].filter(({ key }) => key >= first && key <= last),
  }
}
