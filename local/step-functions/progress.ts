import type { Json, JsonObject } from './types.ts'

/**
 * How far a `States` block has come: enough to go on from the state that failed (RedriveExecution) without doing again what
 * its finished branches and iterations did. It is plain data, so that a storage may keep it.
 */
export interface Progress {
  done?: { output: Json }
  at?: { state: string; input: Json; variables: JsonObject }
  /** Branches of the Parallel, or items of the Map, that `at` stands in. */
  children: Record<number, Progress>
}

export const noProgress = (): Progress => ({ children: {} })

export function childOf(progress: Progress, index: number): Progress {
  const child = progress.children[index] ?? noProgress()
  progress.children[index] = child
  return child
}
