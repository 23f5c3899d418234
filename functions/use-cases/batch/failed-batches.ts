import { covers, objectsLeft } from '../../domain/batch/left-to-read.ts'
import type { BatchPlan } from '../../domain/batch/plan.ts'
import type { BatchRecord } from '../../domain/batch/record.ts'
import { claimsLandings } from '../../domain/batch/source.ts'
import type { Batches } from '../../ports/batches.ts'
import type { Landings } from '../../ports/landings.ts'
import type { ObjectStore } from '../../ports/object-store.ts'
import { readBatchPlan } from './prepare/batch-plan.ts'

export interface FailedBatchesWorld {
  batches: Pick<Batches, 'open' | 'find'>
  landings: Pick<Landings, 'find'>
  lake: Pick<ObjectStore, 'getText'>
  settings: { lakeBucket: string }
}

export interface UnfinishedBatch {
  record: BatchRecord
  /** A few of its raw objects that no batch has read; none for a batch that claims nothing. */
  files: string[]
}

const FILES_SHOWN = 5

/**
 * The failed batches that still have files in no table, after the batch `succeeded` has read its own.
 * @param read keys of landings that it has read and that the ledger does not know as read yet
 */
export async function unfinishedBatches(
  dataset: string,
  succeeded: string,
  read: string[],
  world: FailedBatchesWorld,
): Promise<UnfinishedBatch[]> {
  return (await failedBatches(dataset, succeeded, read, world)).flatMap(({ record, left }) =>
    left === undefined ? [] : [{ record, files: left.slice(0, FILES_SHOWN) }],
  )
}

/** The failed batches that have nothing left to read: they need no redrive. */
export async function finishedBatches(dataset: string, succeeded: string, world: FailedBatchesWorld): Promise<BatchRecord[]> {
  return (await failedBatches(dataset, succeeded, [], world)).flatMap(({ record, left }) => (left === undefined ? [record] : []))
}

/** Whether the failed batch has files that are in no table. */
export async function isUnfinished(record: BatchRecord, world: FailedBatchesWorld): Promise<boolean> {
  const plan = await readBatchPlan(record, world)
  return plan !== undefined && (await filesLeft(plan, undefined, new Set(), world)) !== undefined
}

async function failedBatches(dataset: string, succeeded: string, read: string[], world: FailedBatchesWorld) {
  const failed = (await world.batches.open(dataset)).filter(({ status, batchId }) => status === 'failed' && batchId !== succeeded)
  if (failed.length === 0) return []
  const row = await world.batches.find(dataset, succeeded)
  const plan = await readBatchPlan({ dataset, batchId: succeeded, input: row?.input ?? '{}' }, world)
  const known = new Set(read)
  const answers: { record: BatchRecord; left: string[] | undefined }[] = []
  for (const record of failed) {
    const old = await readBatchPlan(record, world)
    // Without a plan it has been refused at its start, and no file was its own.
    if (old !== undefined) answers.push({ record, left: await filesLeft(old, plan, known, world) })
  }
  return answers
}

/** undefined: nothing is left. */
async function filesLeft(
  old: BatchPlan,
  done: BatchPlan | undefined,
  read: Set<string>,
  { landings }: FailedBatchesWorld,
): Promise<string[] | undefined> {
  if (!claimsLandings(old.source)) return done !== undefined && covers(done, old) ? undefined : []
  const rows = await landings.find(
    old.dataset,
    old.objects.map(({ key }) => key),
  )
  const left = objectsLeft(old, rows).flatMap(({ key }) => (read.has(key) ? [] : [key]))
  return left.length > 0 ? left : undefined
}
