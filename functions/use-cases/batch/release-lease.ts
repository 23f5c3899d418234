import type { Batch } from '../../domain/batch/batch.ts'
import type { JobSlots, Leases } from '../../ports/leases.ts'

/** Gives the job slot and the lease back; no error when it never had them, or when another owner has them by now. */
export async function releaseLease(
  { batch }: { batch: Pick<Batch, 'dataset' | 'execution'> },
  { leases, jobSlots }: { leases: Pick<Leases, 'release'>; jobSlots: Pick<JobSlots, 'free'> },
) {
  // First: without the lease, the dataset's next batch may have asked for a slot already.
  await jobSlots.free(batch.dataset, batch.execution.id)
  await leases.release(batch.dataset, batch.execution.id)
  return { released: true }
}
