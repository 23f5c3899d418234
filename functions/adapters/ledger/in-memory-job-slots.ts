import { freeSlot, type SlotEntry, takeSlot } from '../../domain/batch/job-slots.ts'
import type { Clock } from '../../ports/clock.ts'
import type { JobSlots } from '../../ports/leases.ts'

/** The twin of job-slots.ts. */
export function inMemoryJobSlots(clock: Clock): JobSlots {
  let standing: Record<string, SlotEntry> = {}
  return {
    async take(dataset, owner, most) {
      const { entries, ...answer } = takeSlot({ entries: standing, revision: 0 }, { dataset, owner, most, now: clock.now().toISOString() })
      standing = entries
      return answer
    },
    async free(dataset, owner, heldBefore) {
      const entries = freeSlot({ entries: standing, revision: 0 }, dataset, owner, heldBefore)
      standing = entries ?? standing
      return entries !== undefined
    },
    entries: async () => standing,
  }
}
