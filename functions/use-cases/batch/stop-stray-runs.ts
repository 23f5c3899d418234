import type { Batch } from '../../domain/batch/batch.ts'
import type { JobRuns } from '../../ports/glue-jobs.ts'

/**
 * Stops every job run of this batch that is still alive, and returns how many there were: two runs of one batch would write
 * the same files. The state machine asks again until there are none.
 */
export async function stopStrayRuns({ batch }: { batch: Pick<Batch, 'batchId' | 'plannedAt'> }, { jobRuns }: { jobRuns: JobRuns }) {
  const live = await jobRuns.live(batch.batchId, new Date(batch.plannedAt))
  const toStop = live.filter((run) => !run.stopping).map((run) => run.id)
  if (toStop.length > 0) await jobRuns.stop(toStop)
  return { live: live.length, stopped: toStop }
}
