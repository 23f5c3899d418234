import type { Batch } from '../../domain/batch/batch.ts'
import { endsByTime } from '../../domain/names.ts'
import type { Executions } from '../../ports/executions.ts'
import type { Leases } from '../../ports/leases.ts'

export interface AcquireLeaseDeps {
  leases: Leases
  executions: Pick<Executions, 'describe'>
}

/**
 * Takes the dataset's lease, also from an owner that no longer runs: an aborted or timed-out execution cannot release its own.
 * Called again by the same execution it renews.
 */
export async function acquireLease(
  { batch }: { batch: Pick<Batch, 'dataset' | 'leaseSeconds' | 'execution'> },
  { leases, executions }: AcquireLeaseDeps,
) {
  const { dataset, leaseSeconds, execution } = batch
  const first = await leases.acquire(dataset, execution.id, leaseSeconds)
  if (first.acquired || first.owner === '' || endsByTime(first.owner)) return first
  const owner = await executions.describe(first.owner)
  if (owner?.status === 'RUNNING' || owner?.status === 'PENDING_REDRIVE') return first
  // Releases only what the dead owner still holds: of two that wait, one gets it.
  await leases.release(dataset, first.owner)
  return leases.acquire(dataset, execution.id, leaseSeconds)
}
