import { manualBatchId } from '../../domain/batch/batch.ts'
import { type BatchInput, batchInput, type ExecutionEnd } from '../../domain/batch/execution-end.ts'
import { failureSentence } from '../../domain/batch/failure.ts'
import { manifestSchema } from '../../domain/batch/manifest/manifest.ts'
import type { BatchPlan } from '../../domain/batch/plan.ts'
import { type BatchRecord, isOver } from '../../domain/batch/record.ts'
import { claimsLandings, readsRawFiles } from '../../domain/batch/source.ts'
import { TransientDependencyError } from '../../domain/errors.ts'
import { executionName, manifestKey } from '../../domain/names.ts'
import { type FailedBatchesWorld, finishedBatches, isUnfinished } from '../batch/failed-batches.ts'
import { forgetStaged } from '../batch/forget-staged.ts'
import { readBatchPlan } from '../batch/prepare/batch-plan.ts'
import { type WriteLineageWorld, writeLineage } from '../batch/write-lineage.ts'
import { type AnnouncePublicationsWorld, announcePublications, notePublications } from './announce-publications.ts'
import type { Needs } from './intake.ts'
import { becomeIdle, resumeDataset, type WakeDatasetWorld } from './wake-dataset.ts'

export type TellFailureWorld = FailedBatchesWorld & Needs<'alerts'>
/** How an execution ended; a machine that was stopped has no error of its own. */
type Ending = Pick<ExecutionEnd, 'status' | 'error' | 'cause'>

export type CloseBatchWorld = WakeDatasetWorld &
  AnnouncePublicationsWorld &
  Needs<'leases' | 'jobSlots' | 'registry' | 'log' | 'failedBatches' | 'alerts', 'database'> &
  Pick<WriteLineageWorld, 'lineageReceiver'>

/**
 * An execution of `ingest` has ended, with any status: closes its batch in the ledger and starts what waits. Every step may be repeated, and a
 * second delivery does the steps that the first did not reach.
 */
export async function closeBatch(end: ExecutionEnd, world: CloseBatchWorld): Promise<void> {
  const input = batchInput(end.input)
  if (input === undefined || (await world.contracts.find(input.dataset)) === undefined) {
    world.counters.count('ExecutionEventsIgnored', 1, { reason: 'no-batch' })
    return
  }
  const { dataset } = input
  const batchId =
    input.batchId ?? manualBatchId(dataset, { id: end.executionArn, name: executionName(end.executionArn), startTime: end.startedAt })
  const existing = await world.batches.find(dataset, batchId)
  if (existing === undefined || !isOutOfDate(end, existing)) {
    await closeRow(end, input, batchId, existing, world)
  }
  // Its owner has ended and can no longer do so itself, or has done so already.
  if (end.stoppedAt !== '') {
    await world.jobSlots.free(dataset, end.executionArn, end.stoppedAt)
    await world.leases.release(dataset, end.executionArn, end.stoppedAt)
  }
  const due = await world.announcements.due(dataset, batchId)
  await notePublications(due, world)
  await endBatching(dataset, batchId, world)
  // Readers see now what it has published, even if it failed afterwards.
  await announcePublications(due, world)
  // Last, since nothing here waits for it. The sweep, which closes what lost events left, has the same files to tell of.
  const contract = await world.contracts.find(dataset)
  if (contract) await writeLineage({ contract, batchId, end }, world)
}

async function endBatching(dataset: string, batchId: string, world: CloseBatchWorld): Promise<void> {
  const flow = await world.flows.read(dataset)
  // The flow has moved already, perhaps by a first delivery of this event; the steps after the move may not be done yet.
  if (flow.phase !== 'batching' || flow.batchId !== batchId) return resumeDataset(dataset, world)
  // A pause changes the row and leaves the phase as it is.
  if (!(await becomeIdle(dataset, flow, {}, world))) await endBatching(dataset, batchId, world)
}

/** The end of an earlier execution of the batch, or of this one before it was redriven. */
function isOutOfDate(end: ExecutionEnd, row: BatchRecord): boolean {
  return row.executionArn !== end.executionArn || end.redrives < row.redrives
}

async function closeRow(
  end: ExecutionEnd,
  input: BatchInput,
  batchId: string,
  existing: BatchRecord | undefined,
  world: CloseBatchWorld,
): Promise<void> {
  const { dataset } = input
  const status = end.status === 'SUCCEEDED' ? 'succeeded' : 'failed'
  // A second delivery of the failure must not bring back what is over.
  const known = isOver(existing?.status) ? 'failed' : existing?.status
  // A first delivery may have died before it told.
  if (existing !== undefined && known === status && existing.redrives === end.redrives) return tellFailure(existing, end, world)
  const contract = await world.contracts.find(dataset)
  const source = input.source ?? (contract?.gold === undefined ? 'raw' : 'recompute')
  const plan =
    readsRawFiles(source) || claimsLandings(source) ? await readBatchPlan({ dataset, batchId, input: end.input }, world) : undefined
  const claims = plan !== undefined && claimsLandings(plan.source)
  if (claims && status === 'succeeded') await noteGone(plan, world)
  if (claims) await world.landings.close(dataset, batchId, status === 'succeeded' ? 'done' : 'failed', plan.objects)
  // No batch had claimed what it read, so if it failed, nothing changes.
  if (plan?.unread && status === 'succeeded')
    await world.landings.close(dataset, batchId, 'done', await landingsRead(plan, plan.unread, world))
  if (status === 'succeeded') await retireFinished(dataset, batchId, world)
  // A machine that failed has queued its input itself; one that was stopped or ran out of time ran no state of its own.
  if (end.status === 'ABORTED' || end.status === 'TIMED_OUT') {
    await world.failedBatches.send({
      dataset,
      batchId,
      executionArn: end.executionArn,
      input: JSON.parse(end.input),
      error: end.status,
      ...(end.cause && { cause: end.cause }),
    })
  }
  const now = world.clock.now().toISOString()
  const row: BatchRecord = {
    dataset,
    batchId,
    source,
    executions: 1,
    contractVersion: contract?.version,
    startedAt: end.startedAt || now,
    revision: 0,
    ...existing,
    executionArn: end.executionArn,
    redrives: end.redrives,
    input: end.input,
    status,
    closedAt: now,
    outcome: end.status,
    error: end.error && failureSentence({ Error: end.error, Cause: end.cause }),
    objects: claims ? plan.objects.length : undefined,
  }
  if (!(await world.batches.save(row))) throw new TransientDependencyError(`batch ${batchId} changed while it was closed`)
  world.counters.count(status === 'succeeded' ? 'BatchesSucceeded' : 'BatchesFailed', 1, { dataset })
  await tellFailure(row, end, world)
}

/**
 * The machine alerts of its own failure, unless it was stopped or could not. And a batch that succeeded between its alert and this write saw no failed
 * batch, and told that all is over.
 */
export async function tellFailure(row: BatchRecord, end: Ending, world: TellFailureWorld): Promise<void> {
  if (row.status !== 'failed') return
  const { dataset, batchId, source, executionArn } = row
  const failure = { Error: end.error ?? end.status, ...(end.cause && { Cause: end.cause }) }
  await world.alerts.batchFailed({ dataset, batchId, source, executionArn, failure }, () => isUnfinished(row, world))
}

/** Failed batches of which this one has read the last files are over: no redrive would find anything to do. */
async function retireFinished(dataset: string, batchId: string, world: CloseBatchWorld): Promise<void> {
  const closedAt = world.clock.now().toISOString()
  // A row that a redrive has changed meanwhile stays as it is.
  for (const record of await finishedBatches(dataset, batchId, world))
    if (await world.batches.save({ ...record, status: 'superseded', closedAt })) await forgetStaged(record, world)
}

/**
 * What was claimed and gone when the job read it is not read: its deletion is noted, in case the event of it was lost. Else an undelete would look like a
 * landing that a batch has read. The mark sorts below every later event, as that of a landing without its event.
 */
async function noteGone({ dataset, batchId, objects }: BatchPlan, { lake, landings, clock }: CloseBatchWorld): Promise<void> {
  const text = await lake.getText(manifestKey(dataset, batchId))
  const gone = new Set(text === undefined ? [] : manifestSchema.parse(JSON.parse(text)).missingObjects)
  const now = clock.now().toISOString()
  const noted = objects
    .filter(({ key }) => gone.has(key))
    .map(({ key, sequencer, partition }) => ({
      ...{ dataset, key, partition, size: 0, etag: '', sequencer: `${sequencer}!`, deleted: true },
      ...{ landedAt: now, recordedAt: now },
    }))
  if (noted.length > 0) await landings.record(noted)
}

// From the job's manifest: this function cannot know which objects are in partitions that the catalog has.
async function landingsRead(
  { dataset, batchId }: BatchPlan,
  unread: BatchPlan['objects'],
  { lake }: CloseBatchWorld,
): Promise<BatchPlan['objects']> {
  const text = await lake.getText(manifestKey(dataset, batchId))
  const read = new Set(text === undefined ? [] : manifestSchema.parse(JSON.parse(text)).readLandings)
  return unread.filter(({ key }) => read.has(key))
}
