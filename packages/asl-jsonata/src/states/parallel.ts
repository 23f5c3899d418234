import { setMaxListeners } from 'node:events'
import type { Frame, Outcome, Visit } from '../engine.ts'
import { Interrupted } from '../errors.ts'
import { checkPayload } from '../limits.ts'
import { childOf } from '../progress.ts'
import { Scope } from '../scope.ts'
import type { Json } from '../types.ts'
import { evaluateIn, innerFrame, nextOf, settle } from '../visit.ts'

export async function parallel(visit: Visit): Promise<Outcome> {
  const { frame, state } = visit
  const { Branches = [], Arguments, Output, Assign } = state
  const input = Arguments === undefined ? visit.input : await evaluateIn(visit, Arguments, 'Arguments')
  frame.engine.history.record(frame.cursor, 'ParallelStateStarted')
  const result = await allOrNone(frame, Branches.length, Branches.length, (i, line) => {
    const inner = innerFrame(visit, { ...line, scope: new Scope(frame.scope), progress: childOf(frame.progress, i) })
    return frame.engine.runStates(Branches[i] as NonNullable<(typeof Branches)[number]>, input, inner)
  })
  checkPayload(result, visit.name)
  frame.engine.history.record(frame.cursor, 'ParallelStateSucceeded')
  return settle(visit, { next: nextOf(visit), Output, Assign, otherwise: result, result })
}

/**
 * Runs lines of execution side by side, at most `concurrency` at a time. The first to fail stops the others, and only when all
 * have ended does its error go on: nothing of a failed state still runs behind its Retry.
 */
export async function allOrNone(
  frame: Frame,
  count: number,
  concurrency: number,
  run: (index: number, line: Pick<Frame, 'signal' | 'cursor'>) => Promise<Json>,
): Promise<Json[]> {
  const siblings = new AbortController()
  const signal = AbortSignal.any([frame.signal, siblings.signal])
  setMaxListeners(0, signal)
  const started = frame.cursor.id
  const results: Json[] = new Array(count)
  let failure: { error: unknown } | undefined
  let index = 0
  const worker = async () => {
    while (index < count && !failure && !frame.signal.aborted) {
      const mine = index++
      const cursor = { id: started }
      try {
        results[mine] = await run(mine, { signal, cursor })
        frame.cursor.id = cursor.id
      } catch (error) {
        if (!failure) {
          failure = { error }
          frame.cursor.id = cursor.id
          siblings.abort(new Interrupted('sibling-failed'))
        }
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(count, Math.max(1, concurrency)) }, worker))
  if (frame.signal.aborted) throw frame.signal.reason
  if (failure) throw failure.error
  return results
}
