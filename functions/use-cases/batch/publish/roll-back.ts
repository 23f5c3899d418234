import { InvalidInputError, LeaseUnavailableError } from '../../../domain/errors.ts'
import { planRollback, publishedBatches, type RollbackPlan } from '../../../domain/iceberg/history.ts'
import { batchBranches, withMainAt } from '../../../domain/iceberg/metadata.ts'
import { compactTime, rollbackKey, rollbackPrefix, SWEEP_OWNER, tableKindKey, tableNames } from '../../../domain/names.ts'
import type { Leases } from '../../../ports/leases.ts'
import type { ObjectStore } from '../../../ports/object-store.ts'
import { readTableKind } from '../prepare/changed-table.ts'
import { moveTable, openTable, type TableDeps } from './iceberg-table.ts'

/** `rollbacks/<dataset>/<time>.json`: who took which batches out of the table. */
export interface Rollback {
  dataset: string
  to: string
  undone: string[]
  by: string
  reason: string
  at: string
}

export interface RollBackDeps extends TableDeps {
  lake: Pick<ObjectStore, 'getText' | 'putText' | 'list'>
  leases: Pick<Leases, 'acquire' | 'release'>
}

const LEASE_SECONDS = 300

/** @throws InvalidInputError for a batch that is not in the table's history, naming those that are */
export async function previewRollback(dataset: string, batchId: string, deps: Pick<TableDeps, 'tables' | 'lake'>): Promise<RollbackPlan> {
  const { metadata } = await openTable(tableNames(dataset).curated, deps)
  const plan = planRollback(metadata, batchId)
  if (plan) return plan
  const known = publishedBatches(metadata).map((each) => each.batchId)
  throw new InvalidInputError(`batch ${batchId} is not in the history of ${dataset}; it has ${known.join(', ') || 'no batch'}`)
}

/**
 * Moves the table back to where it was after a batch, under the dataset's lease, and records it. Files of later batches stay until their snapshots
 * expire. A batch that is under way ends with StaleBatchError.
 * @param isGold whether the rows are computed: the next batch then computes all of them, since they are no longer those of the sources
 * @throws LeaseUnavailableError while a batch of the dataset is under way
 */
export async function rollBack(
  { dataset, batchId, by, reason, isGold }: { dataset: string; batchId: string; by: string; reason: string; isGold: boolean },
  deps: RollBackDeps,
): Promise<Rollback> {
  // No execution holds it: the sweep's own kind of lease.
  const lease = await deps.leases.acquire(dataset, SWEEP_OWNER, LEASE_SECONDS)
  if (!lease.acquired) throw new LeaseUnavailableError(`a batch of ${dataset} is under way (${lease.owner}); try again when it has ended`)
  try {
    const { to, undone } = await previewRollback(dataset, batchId, deps)
    const now = deps.clock.now()
    const record: Rollback = { dataset, to: batchId, undone: undone.map((each) => each.batchId), by, reason, at: now.toISOString() }
    if (undone.length === 0) return record
    const table = tableNames(dataset).curated
    // Before: to compute the whole table for nothing does no harm.
    if (isGold) await forgetContract(dataset, deps.lake)
    const found = await openTable(table, deps)
    await moveTable(table, found, withMainAt(found.metadata, to.snapshotId, found.location, now, batchBranches(found.metadata)), deps)
    await deps.lake.putText(rollbackKey(dataset, compactTime(record.at)), JSON.stringify(record, null, 1))
    return record
  } finally {
    await deps.leases.release(dataset, SWEEP_OWNER)
  }
}

/** Newest first. */
export async function readRollbacks(dataset: string, lake: Pick<ObjectStore, 'getText' | 'list'>): Promise<Rollback[]> {
  const found: Rollback[] = []
  for await (const page of lake.list(rollbackPrefix(dataset)))
    for (const { key } of page) found.push(JSON.parse((await lake.getText(key)) ?? '{}') as Rollback)
  return found.sort((left, right) => (left.at < right.at ? 1 : -1))
}

/** No contract's version is empty, so the job finds a table of another contract. */
async function forgetContract(dataset: string, lake: RollBackDeps['lake']): Promise<void> {
  const kind = await readTableKind(dataset, lake)
  if (kind !== undefined) await lake.putText(tableKindKey(dataset), JSON.stringify({ ...kind, contractVersion: '' }))
}
