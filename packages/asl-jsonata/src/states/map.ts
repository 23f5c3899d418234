import type { Outcome, Visit } from '../engine.ts'
import { checkPayload } from '../limits.ts'
import { runDistributed } from '../map/distributed.ts'
import { entriesOf, type Item, selectItems } from '../map/items.ts'
import { childOf } from '../progress.ts'
import { Scope } from '../scope.ts'
import type { ItemProcessor, Json } from '../types.ts'
import { evaluateCount, evaluatePercentage, innerFrame, nextOf, settle } from '../visit.ts'
import { allOrNone } from './parallel.ts'

/** Inline iterations at a time when MaxConcurrency leaves it to the service. */
const INLINE_CONCURRENCY = 40

export async function map(visit: Visit): Promise<Outcome> {
  const { frame, state } = visit
  const { Output, Assign } = state
  const mode = state.ItemProcessor?.ProcessorConfig?.Mode ?? 'INLINE'
  const entries = state.ItemReader ? undefined : await entriesOf(visit, mode)
  // What a reader finds is not known when the state starts.
  frame.engine.history.record(frame.cursor, 'MapStateStarted', { length: entries?.length ?? 0 })
  const result =
    mode === 'DISTRIBUTED' ? await runDistributed(visit, entries) : await runInline(visit, await selectItems(visit, entries ?? []))
  checkPayload(result, visit.name)
  frame.engine.history.record(frame.cursor, 'MapStateSucceeded')
  return settle(visit, { next: nextOf(visit), Output, Assign, otherwise: result, result })
}

async function runInline(visit: Visit, items: Item[]): Promise<Json[]> {
  const { frame, state, name } = visit
  const { history } = frame.engine
  const processor = state.ItemProcessor as ItemProcessor
  const concurrency = (await evaluateCount(visit, state.MaxConcurrency, 'MaxConcurrency')) || INLINE_CONCURRENCY
  // Tolerance is for Distributed Maps; an inline one still has its expressions checked.
  await evaluateCount(visit, state.ToleratedFailureCount, 'ToleratedFailureCount')
  await evaluatePercentage(visit, state.ToleratedFailurePercentage, 'ToleratedFailurePercentage')
  return allOrNone(frame, items.length, concurrency, async (index, line) => {
    const { context, input } = items[index] as Item
    const progress = childOf(frame.progress, index)
    if (progress.done) return progress.done.output
    history.record(line.cursor, 'MapIterationStarted', { index, name })
    try {
      const inner = innerFrame(visit, { ...line, scope: new Scope(frame.scope), progress, map: context })
      const output = await frame.engine.runStates(processor, input, inner)
      history.record(line.cursor, 'MapIterationSucceeded', { index, name })
      return output
    } catch (error) {
      history.record(line.cursor, line.signal.aborted ? 'MapIterationAborted' : 'MapIterationFailed', { index, name })
      throw error
    }
  })
}
