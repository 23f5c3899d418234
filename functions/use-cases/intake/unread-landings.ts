import type { BatchPlan } from '../../domain/batch/plan.ts'
import { claimsLandings } from '../../domain/batch/source.ts'
import type { Batches } from '../../ports/batches.ts'
import type { Landings } from '../../ports/landings.ts'
import type { ObjectStore } from '../../ports/object-store.ts'
import { readBatchPlan } from '../batch/prepare/batch-plan.ts'

export interface UnreadLandingsWorld {
  landings: Pick<Landings, 'waiting' | 'find'>
  batches: Pick<Batches, 'open'>
  lake: Pick<ObjectStore, 'getText'>
  settings: { lakeBucket: string }
}

/** Those beyond are read again by their own batches, which changes nothing but the bill. */
const LANDINGS_NOTED = 100_000

/**
 * Landings in the selected partitions that no batch has read with success: what waits, and what failed batches had
 * claimed. A manual batch notes them before it lists raw. Those that it has read can then be closed.
 */
export async function unreadLandings(
  dataset: string,
  isSelected: (partition: Record<string, string>) => boolean,
  world: UnreadLandingsWorld,
): Promise<BatchPlan['objects']> {
  const unread: BatchPlan['objects'] = []
  const note = (objects: BatchPlan['objects']) => {
    const selected = objects.filter(({ partition }) => isSelected(partition))
    for (const { key, size, sequencer, partition } of selected.slice(0, LANDINGS_NOTED - unread.length)) {
      unread.push({ key, size, sequencer, partition })
    }
  }
  for await (const page of world.landings.waiting(dataset)) {
    note(page)
    if (unread.length === LANDINGS_NOTED) return unread
  }
  for (const row of await world.batches.open(dataset)) {
    if (row.status !== 'failed' || !claimsLandings(row.source)) continue
    const plan = await readBatchPlan(row, world)
    const keys = (plan?.objects ?? []).map(({ key }) => key)
    note((await world.landings.find(dataset, keys)).filter(({ status }) => status === 'failed'))
  }
  return unread
}
