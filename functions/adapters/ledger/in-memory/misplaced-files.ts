import { MOST_NOTED } from '../../../domain/landing/misplaced.ts'
import type { MisplacedFiles } from '../../../ports/landings.ts'

/** The twin of misplaced-files.ts. */
export function inMemoryMisplacedFiles(): MisplacedFiles {
  const noted = new Map<string, Set<string>>()
  const of = (dataset: string) => noted.get(dataset) ?? new Set<string>()
  return {
    async note(dataset, keys) {
      if (of(dataset).size < MOST_NOTED) noted.set(dataset, new Set([...of(dataset), ...keys.slice(0, MOST_NOTED)]))
    },
    async forget(dataset, keys) {
      for (const key of keys) of(dataset).delete(key)
    },
    find: async (dataset) => [...of(dataset)].sort(),
  }
}
