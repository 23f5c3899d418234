import { freeSlot, type SlotEntry, takeSlot } from '../../../domain/batch/job-slots.ts'
import type { Clock } from '../../../ports/clock.ts'
import type { JobSlots } from '../../../ports/leases.ts'

/** The twin of job-slots.ts. */
export function inMemoryJobSlots(clock: Clock): JobSlots {
  let existing: Record<string, SlotEntry> = {}
  return {
    async take(dataset, owner, most) {
      const { entries, ...answer } = takeSlot({ entries: existing, revision: 0 }, { dataset, owner, most, now: clock.now().toISOString() })
      existing = entries
      return answer
    },
    async free(dataset, owner, heldBefore) {
      const entries = freeSlot({ entries: existing, revision: 0 }, dataset, owner, heldBefore)
      existing = entries ?? existing
      return entries !== undefined
    },
    entries: async () => existing,
  }
}
