import pMap from 'p-map'
import { expectationAt } from '../../domain/batch/lateness.ts'
import { publishedRows } from '../../domain/batch/manifest/published-rows.ts'
import type { BatchRecord } from '../../domain/batch/record.ts'
import { traitsOf } from '../../domain/batch/source.ts'
import type { Contract } from '../../domain/contract/contract.ts'
import { waitingKeys } from '../../domain/contract/fields/foreign-keys.ts'
import { endedBatchDollars } from '../../domain/cost/estimate.ts'
import type { DatasetDigest, Digest } from '../../domain/digest/digest.ts'
import type { AlertStates } from '../../ports/alerts.ts'
import type { Batches } from '../../ports/batches.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Contracts } from '../../ports/contracts.ts'
import type { Pauses } from '../../ports/landings.ts'
import type { ObjectStore } from '../../ports/object-store.ts'
import { lastPublishedAt } from '../batch/publish/last-published.ts'
import { readRunFiles } from '../batch/read-run-files.ts'
import { waitingRows } from '../references/waiting-rows.ts'

export interface ReadDigestWorld {
  contracts: Pick<Contracts, 'all'>
  batches: Pick<Batches, 'recent' | 'open'>
  pauses: Pick<Pauses, 'find'>
  alertStates: Pick<AlertStates, 'firing'>
  lake: Pick<ObjectStore, 'getText' | 'list'>
  clock: Clock
}

const DAY_MS = 86_400_000
/** A batch every three minutes. */
const MOST_BATCHES = 500
const DATASETS_AT_ONCE = 4
const BATCHES_AT_ONCE = 8

/** How every dataset did in the last 24 hours, and how it is now. Reads the ledger, and the run files of the batches that ended in them. */
export async function readDigest(world: ReadDigestWorld): Promise<Digest> {
  const now = world.clock.now()
  const [from, to] = [new Date(now.getTime() - DAY_MS).toISOString(), now.toISOString()]
  const contracts = await world.contracts.all()
  const datasets = await pMap(contracts, (contract) => digestOf(contract, { from, now }, world), { concurrency: DATASETS_AT_ONCE })
  return { from, to, datasets }
}

async function digestOf(contract: Contract, { from, now }: { from: string; now: Date }, world: ReadDigestWorld): Promise<DatasetDigest> {
  const { dataset, expect } = contract
  const [recent, open, last, alerts, pause] = await Promise.all([
    world.batches.recent(dataset, MOST_BATCHES),
    world.batches.open(dataset),
    lastPublishedAt(dataset, world.batches),
    world.alertStates.firing(dataset),
    world.pauses.find(dataset),
  ])
  const ended = recent.filter(({ status, closedAt }) => status !== 'running' && closedAt !== undefined && closedAt > from)
  const seen = await pMap(ended, (batch) => seenOf(batch, contract, world), { concurrency: BATCHES_AT_ONCE })
  const sum = (of: (batch: Seen) => number) => seen.reduce((total, batch) => total + of(batch), 0)
  const waits = waitingKeys(contract.foreign_keys).length > 0 ? await waitingRows(dataset, world.lake) : undefined
  const failures = open.filter(({ status }) => status === 'failed').sort((left, right) => (left.startedAt < right.startedAt ? -1 : 1))
  return {
    dataset,
    lastPublishedAt: last?.toISOString() ?? null,
    // Nothing is expected of a dataset that a person has paused.
    expected: expect && last && !pause ? expectationAt(now, expect, last) : null,
    batches: { ended: ended.length, failed: ended.filter(({ status }) => status !== 'succeeded').length },
    rows: { published: sum(({ published }) => published), read: sum(({ read }) => read), quarantined: sum(({ bad }) => bad) },
    waitingRows: waits?.rows ?? 0,
    openFailures: failures.map(({ batchId, startedAt, error, outcome }) => ({ batchId, startedAt, error: error ?? outcome ?? null })),
    alerts: alerts.map(({ kind, since }) => ({ kind, since })).sort((left, right) => (left.since < right.since ? -1 : 1)),
    paused: pause ?? null,
    dollars: sum(({ dollars }) => dollars ?? 0),
    uncosted: seen.filter(({ dollars }) => dollars === undefined).length,
  }
}

interface Seen {
  published: number
  read: number
  bad: number
  dollars: number | undefined
}

async function seenOf(batch: BatchRecord, { dataset, compute }: Contract, { lake }: Pick<ReadDigestWorld, 'lake'>): Promise<Seen> {
  const { manifest, quality } = await readRunFiles(dataset, batch.batchId, lake)
  if (manifest === undefined) return { published: 0, read: 0, bad: 0, dollars: undefined }
  const succeeded = batch.status === 'succeeded'
  const { countsRows, isNews } = traitsOf(manifest.source)
  const { written } = publishedRows(manifest, { succeeded, quality }).rows
  const job = { workerType: compute.worker_type, workers: compute.workers, executionClass: compute.flex ? 'FLEX' : 'STANDARD' } as const
  return {
    published: countsRows ? written : 0,
    // A replay reads rows that were bad before.
    read: isNews ? manifest.rows.read : 0,
    // Rows that only wait for a parent are not bad.
    bad: isNews ? manifest.rows.quarantined - (manifest.waiting?.rows ?? 0) : 0,
    dollars: endedBatchDollars(job, { manifest, quality, failed: !succeeded }),
  }
}
