import type { Json, JsonObject } from './types.ts'

/**
 * How far a `States` block has come: enough to go on from the state that failed (RedriveExecution) without doing again what
 * its finished branches and iterations did. It is plain data, so that a storage may keep it.
 */
export interface Progress {
  done?: { output: Json }
  at?: { state: string; input: Json; variables: JsonObject }
  /** Branches of the Parallel, or items of the Map, that `at` is in. */
  children: Record<number, Progress>
  /** The Map Run of a Distributed Map that `at` is in. */
  mapRunArn?: string
  /** The execution that a child of a Map Run is: a redrive takes it up again. */
  executionArn?: string
}

export const noProgress = (): Progress => ({ children: {} })

export function childOf(progress: Progress, index: number): Progress {
  const child = progress.children[index] ?? noProgress()
  progress.children[index] = child
  return child
}

/** Forgets what is inside the state: it is entered again, or retried as a whole. */
export function startAfresh(progress: Progress): void {
  progress.children = {}
  delete progress.mapRunArn
}
