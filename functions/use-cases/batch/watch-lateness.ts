import { dueAt } from '../../domain/batch/lateness.ts'
import type { Contract } from '../../domain/contract/contract.ts'
import type { Needs } from '../intake/intake.ts'
import { lastPublishedAt } from './publish/last-published.ts'

export type WatchLatenessWorld = Needs<'batches' | 'pauses' | 'alerts' | 'clock'>

/** Reports data that the contract expects and that was not published in time. The next batch that brings some ends the alert. */
export async function watchLateness(
  { dataset, owner, expect }: Contract,
  { batches, pauses, alerts, clock }: WatchLatenessWorld,
): Promise<void> {
  // Nothing is expected of a dataset that a person has paused.
  if (expect === undefined || (await pauses.find(dataset)) !== undefined) return
  const last = await lastPublishedAt(dataset, batches)
  if (last === undefined) return
  const due = dueAt(expect, last)
  if (clock.now() > due) await alerts.late({ dataset, owner, expect, lastPublishedAt: last.toISOString(), dueAt: due.toISOString() })
}
