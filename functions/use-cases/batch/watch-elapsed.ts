import { ELAPSED_RATIO_LIMIT, expectedJobSeconds } from '../../domain/batch/job-times.ts'
import type { Needs } from '../intake/intake.ts'

export type WatchElapsedWorld = Needs<'batches' | 'jobRuns' | 'jobTimes' | 'metrics' | 'clock'>

/** Reports jobs that still run and have passed their limit: record-metrics covers only those that have ended. */
export async function watchElapsed(dataset: string, { batches, jobRuns, jobTimes, metrics, clock }: WatchElapsedWorld): Promise<void> {
  const running = (await batches.open(dataset)).filter(({ status }) => status === 'running')
  if (running.length === 0) return
  const times = await jobTimes.read(dataset)
  for (const batch of running) {
    const expected = expectedJobSeconds(times, batch)
    if (expected === undefined) continue
    const startedAt = new Date(batch.startedAt)
    const ratioSince = (since: Date) => (clock.now().getTime() - since.getTime()) / 1000 / expected
    // No job is older than its batch: most need no look at Glue.
    if (ratioSince(startedAt) <= ELAPSED_RATIO_LIMIT) continue
    const live = await jobRuns.live(batch.batchId, startedAt)
    const ratios = live.flatMap(({ runningSince }) => (runningSince ? [ratioSince(runningSince)] : []))
    if (ratios.length > 0) await metrics.put(dataset, [{ name: 'JobElapsedRatio', value: Math.max(...ratios), unit: 'None' }])
  }
}
