import type { Batch } from '../../domain/batch/batch.ts'
import type { JobSlots } from '../../ports/leases.ts'

export interface TakeJobSlotDeps {
  jobSlots: Pick<JobSlots, 'take'>
  settings: { maxJobRuns: number }
}

/**
 * Takes one of the stage's slots for job runs, or a place among those that wait: the batch that has waited longest is the next. Called again by
 * the same execution it changes nothing.
 */
export async function takeJobSlot({ batch }: { batch: Pick<Batch, 'dataset' | 'execution'> }, { jobSlots, settings }: TakeJobSlotDeps) {
  return jobSlots.take(batch.dataset, batch.execution.id, settings.maxJobRuns)
}
