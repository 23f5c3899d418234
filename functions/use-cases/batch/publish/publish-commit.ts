import type { Commit } from '../../../domain/batch/manifest/manifest.ts'
import { LeaseUnavailableError, ManifestError, StaleBatchError } from '../../../domain/errors.ts'
import { evolved, hasEvolution } from '../../../domain/iceberg/evolution.ts'
import { BATCH_ID, findSnapshot, headOf, historyOf, withMainAt } from '../../../domain/iceberg/metadata.ts'
import { withMonthEnds } from '../../../domain/iceberg/month-ends.ts'
import { moveTable, openTable, type TableDeps } from './iceberg-table.ts'

/**
 * Makes a batch's commit visible: `main` of the Iceberg table moves to its snapshot, in one update of the catalog that fails where the
 * table has changed since it was read. Again, it does nothing.
 * @param isHeld whether the lease is still the publisher's; asked right before the update
 * @throws StaleBatchError when `main` is no longer where the job found it, or the snapshot is gone
 */
export async function publishCommit(
  { table, batchId, commit }: { table: string; batchId: string; commit: Commit },
  isHeld: () => Promise<boolean>,
  deps: TableDeps,
): Promise<void> {
  const found = await openTable(table, deps)
  const snapshot = findSnapshot(found.metadata, commit.snapshotId)
  if (snapshot === undefined) throw new StaleBatchError(`the snapshot of batch ${batchId} is no longer in table ${table}; run it again`)
  if (snapshot.summary[BATCH_ID] !== batchId) throw new ManifestError(`manifest of batch ${batchId}: names a snapshot of another batch`)
  if (historyOf(found.metadata).includes(snapshot)) return
  if (headOf(found.metadata) !== commit.baseSnapshotId)
    throw new StaleBatchError(`batch ${batchId} was curated before table ${table} last changed; run it again`)
  if (!hasEvolution(found.metadata, commit))
    throw new StaleBatchError(`table ${table} has lost the columns of batch ${batchId}; run it again`)
  const now = deps.clock.now()
  const tagged = commit.monthEnds === undefined ? found.metadata : withMonthEnds(found.metadata, commit.monthEnds, now)
  const next = withMainAt(evolved(tagged, commit.snapshotId, commit), commit.snapshotId, found.location, now, [commit.branch])
  if (!(await isHeld())) throw new LeaseUnavailableError(`the lease of table ${table} was lost while batch ${batchId} was published`)
  await moveTable(table, found, next, deps)
}
