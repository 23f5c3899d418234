import type { Landing } from '../landing/landing.ts'
import type { BatchPlan } from './plan.ts'
import { traitsOf } from './source.ts'

/**
 * The claimed objects that are still what the batch claimed, and that no batch has read: the others have landed again, are gone, or
 * have been read by a later batch.
 */
export function objectsLeft({ objects }: Pick<BatchPlan, 'objects'>, landings: Landing[]): BatchPlan['objects'] {
  const byKey = new Map(landings.map((landing) => [landing.key, landing]))
  return objects.filter(({ key, sequencer }) => {
    const landing = byKey.get(key)
    return landing?.sequencer === sequencer && landing.status !== 'done' && landing.status !== 'deleted'
  })
}

/** Whether the first batch has read all that the second one was to read, for batches that claim nothing. */
export function covers(done: BatchPlan, other: BatchPlan): boolean {
  return traitsOf(done.source).reads === traitsOf(other.source).reads && isWithin(selection(other), selection(done))
}

/** undefined: everything. */
function selection({ source, predicates, partitions }: BatchPlan): string[] | undefined {
  if (traitsOf(source).reads === 'curated') return partitions?.map((values) => JSON.stringify(values))
  return predicates.length === 0 ? undefined : predicates
}

const isWithin = (some: string[] | undefined, all: string[] | undefined) =>
  all === undefined || (some?.every((one) => all.includes(one)) ?? false)
