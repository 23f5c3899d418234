import { executionHasEnded } from '../../domain/batch/execution-end.ts'
import type { Needs } from './intake.ts'

export type SweepJobSlotsWorld = Needs<'jobSlots' | 'executions' | 'counters' | 'clock'>

/** Takes back slots, and places among those that wait, of executions that have ended and whose events were lost. */
export async function sweepJobSlots({ jobSlots, executions, counters, clock }: SweepJobSlotsWorld): Promise<void> {
  for (const [dataset, { owner }] of Object.entries(await jobSlots.entries())) {
    const lookedAt = clock.now().toISOString()
    const execution = await executions.describe(owner)
    if (execution !== undefined && !executionHasEnded(execution)) continue
    // Not what the owner has renewed since: it may have been redriven a moment ago.
    if (await jobSlots.free(dataset, owner, lookedAt)) counters.count('JobSlotsFreed', 1, { dataset })
  }
}
