import type { Pause } from '../../../domain/landing/pause.ts'
import type { Pauses } from '../../../ports/landings.ts'

/** The twin of pauses.ts. */
export function inMemoryPauses(): Pauses {
  const pauses = new Map<string, Pause>()
  return {
    find: async (dataset) => pauses.get(dataset),
    async set(dataset, pause) {
      if (pauses.has(dataset)) return false
      pauses.set(dataset, pause)
      return true
    },
    async clear(dataset) {
      const ended = pauses.get(dataset)
      pauses.delete(dataset)
      return ended
    },
  }
}
