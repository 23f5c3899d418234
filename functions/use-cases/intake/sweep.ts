import { executionHasEnded } from '../../domain/batch/execution-end.ts'
import type { BatchRecord } from '../../domain/batch/record.ts'
import { endsByTime } from '../../domain/names.ts'
import type { ExecutionView } from '../../ports/executions.ts'
import { type WatchElapsedWorld, watchElapsed } from '../batch/watch-elapsed.ts'
import { type WatchLatenessWorld, watchLateness } from '../batch/watch-lateness.ts'
import { type CloseEndedExtractsWorld, closeEndedExtracts } from '../extract/close-ended-extracts.ts'
import { type WatchWaitingWorld, watchWaiting } from '../references/watch-waiting.ts'
import { type WatchStreamWorld, watchStream } from '../streams/watch-stream.ts'
import { announceLeft } from './announce-publications.ts'
import { launchBatch } from './begin-batch.ts'
import { type CloseBatchWorld, closeBatch, tellFailure } from './close-batch.ts'
import type { Needs } from './intake.ts'
import { type MendPublicationsWorld, mendPublications } from './mend-publications.ts'
import { type RemoveBranchesWorld, removeBranches } from './remove-branches.ts'
import { isOverdue } from './request-crawl.ts'
import { type RestoreLandingsWorld, restoreLandings } from './restore-landings.ts'
import { type SettleCrawlWorld, settleCrawl } from './settle-crawl.ts'
import { type SweepJobSlotsWorld, sweepJobSlots } from './sweep-job-slots.ts'
import { type SweepStagedWorld, sweepStaged } from './sweep-staged.ts'
import { resumeDataset } from './wake-dataset.ts'

export type SweepWorld = SettleCrawlWorld &
  CloseBatchWorld &
  RestoreLandingsWorld &
  MendPublicationsWorld &
  RemoveBranchesWorld &
  WatchElapsedWorld &
  SweepJobSlotsWorld &
  SweepStagedWorld &
  WatchLatenessWorld &
  WatchWaitingWorld &
  CloseEndedExtractsWorld &
  WatchStreamWorld &
  Needs<'leases' | 'batches'>

/** An event about a crawl is late, not lost, until then. */
const CRAWL_EVENT_GRACE_SECONDS = 300

/**
 * Finds what lost events would have reported. It does each part of each dataset by itself, so one failure does not stop the
 * others. Everything here may run at any time, twice, and beside the functions whose work it does.
 */
export async function sweep(world: SweepWorld, until: Date): Promise<Map<string, Error>> {
  const failures = new Map<string, Error>()
  const attempt = async (name: string, work: () => Promise<void>) => {
    try {
      await work()
    } catch (error) {
      failures.set(name, error as Error)
    }
  }
  await attempt('job slots', () => sweepJobSlots(world))
  for (const contract of await world.contracts.all()) {
    const { dataset, gold } = contract
    const steps = {
      flow: () => sweepFlow(dataset, world),
      batches: () => sweepBatches(dataset, world),
      lease: () => sweepLease(dataset, world),
      publishers: () => mendPublications(dataset, world),
      announcements: () => announceLeft(dataset, world),
      branches: () => removeBranches(contract, world),
      elapsed: () => watchElapsed(dataset, world),
      alerts: () => world.alerts.tellUntold(dataset),
      waiting: () => watchWaiting(contract, world),
      late: () => watchLateness(contract, world),
      stream: () => watchStream(contract, world),
      extracts: () => closeEndedExtracts(contract, world),
      // What a gold dataset waits for is in the outboxes of its sources.
      landings: async () => (gold ? undefined : restoreLandings(dataset, world, until)),
    }
    for (const [step, run] of Object.entries(steps)) await attempt(`${dataset}: ${step}`, run)
  }
  return failures
}

// Continues the dataset's flow where a function may have died.
async function sweepFlow(dataset: string, world: SweepWorld): Promise<void> {
  const flow = await world.flows.read(dataset)
  if (flow.phase === 'crawling') {
    const age = world.clock.now().getTime() - Date.parse(flow.startedAt)
    if (age > CRAWL_EVENT_GRACE_SECONDS * 1000) return settleCrawl(dataset, flow, world)
  }
  if (flow.phase === 'batching') {
    const row = await world.batches.find(dataset, flow.batchId)
    // A running row is checked with the others.
    if (row?.status === 'running') return
    // A function closed the row and died before it moved the flow.
    if (row) return closeEnded(row, await world.executions.describe(row.executionArn), world)
  }
  if (flow.phase === 'requested' && !isOverdue(flow.dueAt, world)) return
  if (flow.phase !== 'crawling') await resumeDataset(dataset, world)
}

async function sweepBatches(dataset: string, world: SweepWorld): Promise<void> {
  for (const row of await world.batches.open(dataset)) {
    const age = Math.round((world.clock.now().getTime() - Date.parse(row.startedAt)) / 1000)
    // Without dimensions of its own, so that one alarm (infra/alarms.yml) watches every dataset.
    if (row.status === 'running') world.counters.count('OpenBatchAgeSeconds', age, {})
    await followExecution(row, world)
    await sweepStaged(row, world)
  }
}

async function followExecution(row: BatchRecord, world: SweepWorld): Promise<void> {
  const execution = await world.executions.describe(row.executionArn)
  // A failed row whose execution has been redriven since, or has succeeded, means a lost event; otherwise it is correct.
  if (row.status === 'failed' && execution?.status !== 'SUCCEEDED' && (execution?.redrives ?? 0) <= row.redrives) {
    return execution !== undefined && executionHasEnded(execution) ? tellFailure(row, execution, world) : undefined
  }
  if (execution === undefined) return launchBatch(row.dataset, row.batchId, world)
  await closeEnded(row, execution, world)
}

async function closeEnded(row: BatchRecord, execution: ExecutionView | undefined, world: SweepWorld): Promise<void> {
  if (execution === undefined || !executionHasEnded(execution)) return
  await closeBatch({ ...execution, executionArn: row.executionArn, stoppedAt: execution.stoppedAt ?? '' }, world)
}

async function sweepLease(dataset: string, world: SweepWorld): Promise<void> {
  const holder = await world.leases.holder(dataset)
  if (holder === undefined) return
  const lookedAt = world.clock.now().toISOString()
  // The owner is a sweep or a discard that died. One that runs still has time left on its lease.
  if (endsByTime(holder.owner)) return holder.expiresAt < lookedAt ? world.leases.release(dataset, holder.owner) : undefined
  const owner = await world.executions.describe(holder.owner)
  if (owner !== undefined && !executionHasEnded(owner)) return
  // Not only if it was taken before the end: the function of an execution that was stopped may have renewed it a moment after that.
  await world.leases.release(dataset, holder.owner, lookedAt)
  world.counters.count('LeasesFreed', 1, { dataset })
}
