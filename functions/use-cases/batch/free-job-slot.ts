import type { Batch } from '../../domain/batch/batch.ts'
import type { JobSlots } from '../../ports/leases.ts'

/** Gives the batch's slot back, or its place among those that wait. No error when it has neither. */
export async function freeJobSlot(
  { batch }: { batch: Pick<Batch, 'dataset' | 'execution'> },
  { jobSlots }: { jobSlots: Pick<JobSlots, 'free'> },
) {
  return { freed: await jobSlots.free(batch.dataset, batch.execution.id) }
}
