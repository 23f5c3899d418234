import type { JobTime } from '../../../domain/batch/job-times.ts'
import type { Announcement } from '../../../domain/batch/publish/published-event.ts'
import { newestFirst, type Publisher } from '../../../domain/batch/publish/publisher.ts'
import type { BatchRecord } from '../../../domain/batch/record.ts'
import { type Flow, INITIAL_FLOW } from '../../../domain/landing/flow.ts'
import type { AlertState, AlertStates } from '../../../ports/alerts.ts'
import type { Batches, JobTimes } from '../../../ports/batches.ts'
import type { Clock } from '../../../ports/clock.ts'
import type { Flows, SweepCursor, SweepCursors } from '../../../ports/landings.ts'
import type { Leases, PublisherLeases } from '../../../ports/leases.ts'
import type { Announcements } from '../../../ports/publications.ts'
import { inMemoryExtracts } from './extracts.ts'
import { inMemoryJobSlots } from './job-slots.ts'
import { inMemoryLandings } from './landings.ts'
import { inMemoryMisplacedFiles } from './misplaced-files.ts'
import { inMemoryPauses } from './pauses.ts'

/** The ledger's twin in memory, for tests, the model and the bench; held to the same contract suite as the one on DynamoDB. */
export function inMemoryLedger(clock: Clock, { keepDone = true } = {}) {
  const outbox = new Map<string, Announcement>()
  const { expire, ...landings } = inMemoryLandings(clock, keepDone)
  return {
    landings,
    /** As DynamoDB does with rows whose time to live is over, sooner or later: removes those of which `isGone`. */
    expire,
    flows: inMemoryFlows(),
    pauses: inMemoryPauses(),
    misplaced: inMemoryMisplacedFiles(),
    batches: inMemoryBatches(),
    leases: inMemoryLeases(clock, outbox),
    announcements: inMemoryAnnouncements(outbox),
    jobSlots: inMemoryJobSlots(clock),
    alertStates: inMemoryAlertStates(),
    cursors: inMemoryCursors(),
    jobTimes: inMemoryJobTimes(),
    extracts: inMemoryExtracts(),
  }
}

function inMemoryFlows(): Flows {
  const flows = new Map<string, Flow>()
  const read = (dataset: string) => flows.get(dataset) ?? INITIAL_FLOW
  return {
    read: async (dataset) => read(dataset),
    async advance(dataset, expected, next, { crawledThrough = expected.crawledThrough, batches = expected.batches } = {}) {
      if (read(dataset).revision !== expected.revision) return false
      flows.set(dataset, { ...next, revision: expected.revision + 1, crawledThrough, batches })
      return true
    },
  }
}

function inMemoryBatches(): Batches {
  const rows = new Map<string, BatchRecord>()
  const ofDataset = (dataset: string) => [...rows.values()].filter((row) => row.dataset === dataset)
  return {
    find: async (dataset, batchId) => rows.get(`${dataset}/${batchId}`),
    async save(record) {
      const id = `${record.dataset}/${record.batchId}`
      if ((rows.get(id)?.revision ?? 0) !== record.revision) return false
      rows.set(id, { ...record, revision: record.revision + 1 })
      return true
    },
    open: async (dataset) => ofDataset(dataset).filter(({ status }) => status === 'running' || status === 'failed'),
    recent: async (dataset, limit) =>
      ofDataset(dataset)
        .sort((left, right) => (left.batchId < right.batchId ? 1 : -1))
        .slice(0, limit),
  }
}

function inMemoryLeases(clock: Clock, outbox: Map<string, Announcement>): Leases & PublisherLeases {
  const leases = new Map<string, { owner: string; expiresAt: string; renewedAt: string; token?: string }>()
  const publishers = new Map<string, Publisher>()
  const idOf = ({ dataset, token }: Pick<Publisher, 'dataset' | 'token'>) => `${dataset}/${token}`
  const take = (dataset: string, owner: string, ttlSeconds: number, token?: string) => {
    const now = clock.now()
    const existing = leases.get(dataset)
    if (existing && existing.owner !== owner && existing.expiresAt >= now.toISOString()) {
      return { acquired: false, owner: existing.owner, expiresAt: existing.expiresAt }
    }
    const expiresAt = new Date(now.getTime() + ttlSeconds * 1000).toISOString()
    leases.set(dataset, { owner, expiresAt, renewedAt: now.toISOString(), ...(token !== undefined && { token }) })
    return { acquired: true, owner, expiresAt }
  }
  return {
    acquire: async (dataset, owner, ttlSeconds) => take(dataset, owner, ttlSeconds),
    async release(dataset, owner, heldBefore) {
      const existing = leases.get(dataset)
      if (existing?.owner === owner && (heldBefore === undefined || existing.renewedAt <= heldBefore)) leases.delete(dataset)
    },
    async holder(dataset) {
      const existing = leases.get(dataset)
      return existing && { owner: existing.owner, expiresAt: existing.expiresAt }
    },
    async enter(publisher, owner, ttlSeconds) {
      publishers.set(idOf(publisher), { ...publisher, enteredAt: clock.now().toISOString(), folders: [] })
      return take(publisher.dataset, owner, ttlSeconds, publisher.token)
    },
    async holds(dataset, owner, token) {
      const existing = leases.get(dataset)
      return existing?.owner === owner && existing.token === token
    },
    async note(publisher, folders) {
      const existing = publishers.get(idOf(publisher))
      if (existing) publishers.set(idOf(publisher), { ...existing, notedAt: clock.now().toISOString(), folders })
      return existing !== undefined
    },
    async leave(publisher, published) {
      publishers.delete(idOf(publisher))
      if (published) outbox.set(announcementId(published), { ...published, publishedAt: clock.now().toISOString() })
    },
    publishers: async (dataset) => [...publishers.values()].filter((each) => each.dataset === dataset).sort(newestFirst),
  }
}

const announcementId = ({ dataset, batchId, run }: Omit<Announcement, 'publishedAt'>) => `${dataset}/${batchId}/${run}`

function inMemoryAnnouncements(outbox: Map<string, Announcement>): Announcements {
  return {
    due: async (dataset, batchId) =>
      [...outbox.values()].filter((each) => each.dataset === dataset && (batchId === undefined || each.batchId === batchId)),
    async sent(announcement) {
      const id = announcementId(announcement)
      if (outbox.get(id)?.publishedAt === announcement.publishedAt) outbox.delete(id)
    },
  }
}

function inMemoryAlertStates(): AlertStates {
  const states = new Map<string, AlertState>()
  const idOf = ({ dataset, kind }: Pick<AlertState, 'dataset' | 'kind'>) => `${dataset}/${kind}`
  const isUnchanged = (state: AlertState) => (states.get(idOf(state))?.revision ?? 0) === state.revision
  return {
    find: async (dataset, kind) => states.get(idOf({ dataset, kind })),
    untold: async (dataset) => [...states.values()].filter((state) => state.dataset === dataset && state.untold !== undefined),
    firing: async (dataset) => [...states.values()].filter((state) => state.dataset === dataset && state.firing),
    async save(state) {
      if (!isUnchanged(state)) return false
      states.set(idOf(state), { ...state, revision: state.revision + 1 })
      return true
    },
    remove: async (state) => isUnchanged(state) && states.delete(idOf(state)),
  }
}

function inMemoryCursors(): SweepCursors {
  const cursors = new Map<string, SweepCursor>()
  return { read: async (dataset) => cursors.get(dataset), write: async (dataset, cursor) => void cursors.set(dataset, cursor) }
}

function inMemoryJobTimes(): JobTimes {
  const times = new Map<string, JobTime[]>()
  return { read: async (dataset) => times.get(dataset) ?? [], write: async (dataset, of) => void times.set(dataset, of) }
}
