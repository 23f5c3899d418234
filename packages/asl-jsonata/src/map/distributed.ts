import { setMaxListeners } from 'node:events'
import type { ChildOutcome, MapRun, Visit } from '../engine.ts'
import { Interrupted, StatesError } from '../errors.ts'
import { childOf } from '../progress.ts'
import type { ItemProcessor, Json } from '../types.ts'
import { evaluateCount, evaluatePercentage } from '../visit.ts'
import { type Batch, batchesOf, type Entry, selectItems } from './items.ts'
import { readItems } from './reader.ts'
import { resultOf } from './results.ts'

const MOST_CHILDREN = 10_000

/**
 * A Map Run: every item or batch is an execution of its own, and failures are tolerated up to the threshold. Without
 * `entries` the items are read inside the run, so that a reader's failure is a failed run.
 */
export async function runDistributed(visit: Visit, entries: Entry[] | undefined): Promise<Json> {
  const { frame, state, name } = visit
  const { engine, cursor } = frame
  const maxConcurrency = (await evaluateCount(visit, state.MaxConcurrency, 'MaxConcurrency')) || MOST_CHILDREN
  const tolerance = await toleranceOf(visit)
  const plan = {
    label: state.Label ?? name.replace(/[^A-Za-z0-9_-]/g, '-').slice(0, 40),
    processor: state.ItemProcessor as ItemProcessor,
    maxConcurrency,
    toleratedFailureCount: tolerance.count ?? 0,
    toleratedFailurePercentage: tolerance.percentage ?? 0,
  }
  const run = engine.startMapRun(plan, frame.progress)
  const { arn: mapRunArn, redriveCount } = run
  if (redriveCount > 0) engine.history.record(cursor, 'MapRunRedriven', { mapRunArn, redriveCount })
  else engine.history.record(cursor, 'MapRunStarted', { mapRunArn })
  let isFinished = false
  const finish = (status: 'SUCCEEDED' | 'FAILED' | 'ABORTED', written: number) => {
    isFinished = true
    run.finish(status, written)
  }
  try {
    const found = entries ?? (await readItems(visit)).map((value) => ({ value }))
    const items = await selectItems(visit, found)
    const batches = await batchesOf(
      visit,
      items.map((item) => item.input),
    )
    run.expect(batches.length, items.length)
    const { outcomes, exceeded } = await runChildren(visit, run, batches, { maxConcurrency, exceeds: exceeds(tolerance, items.length) })
    const result = await resultOf(visit, run, outcomes)
    finish(exceeded ? 'FAILED' : 'SUCCEEDED', exceeded ? 0 : outcomes.length)
    if (exceeded) throw new StatesError('States.ExceedToleratedFailureThreshold', 'The specified tolerated failure threshold was exceeded')
    engine.history.record(cursor, 'MapRunSucceeded')
    return result
  } catch (thrown) {
    if (!isFinished) finish(frame.signal.aborted ? 'ABORTED' : 'FAILED', 0)
    if (!frame.signal.aborted) {
      const { error, reason: cause } = thrown as StatesError
      engine.history.record(cursor, 'MapRunFailed', { error, cause })
    }
    throw thrown
  }
}

async function toleranceOf(visit: Visit): Promise<{ count?: number; percentage?: number }> {
  const { ToleratedFailureCount, ToleratedFailurePercentage } = visit.state
  const count = await evaluateCount(visit, ToleratedFailureCount, 'ToleratedFailureCount')
  return { count, percentage: await evaluatePercentage(visit, ToleratedFailurePercentage, 'ToleratedFailurePercentage') }
}

/** With both thresholds given, going over either fails the run; with none, one failure does. */
function exceeds({ count, percentage }: { count?: number; percentage?: number }, total: number): (failed: number) => boolean {
  if (count === undefined && percentage === undefined) return (failed) => failed > 0
  return (failed) =>
    (count !== undefined && failed > count) || (percentage !== undefined && total > 0 && (failed / total) * 100 > percentage)
}

async function runChildren(
  visit: Visit,
  run: MapRun,
  batches: Batch[],
  { maxConcurrency, exceeds }: { maxConcurrency: number; exceeds: (failed: number) => boolean },
): Promise<{ outcomes: ChildOutcome[]; exceeded: boolean }> {
  const { frame } = visit
  const outcomes: ChildOutcome[] = new Array(batches.length)
  const stop = new AbortController()
  const signal = AbortSignal.any([frame.signal, stop.signal])
  setMaxListeners(0, signal)
  let failedItems = 0
  let index = 0
  const worker = async () => {
    while (index < batches.length && !signal.aborted) {
      const mine = index++
      const { input, items } = batches[mine] as Batch
      const outcome = await run.runChild(input, items, childOf(frame.progress, mine), signal)
      outcomes[mine] = outcome
      if (outcome.status === 'FAILED' || outcome.status === 'TIMED_OUT') failedItems += items
      if (exceeds(failedItems) && !stop.signal.aborted) stop.abort(new Interrupted('sibling-failed'))
    }
  }
  await Promise.all(Array.from({ length: Math.min(batches.length, maxConcurrency) }, worker))
  if (frame.signal.aborted) throw frame.signal.reason
  return { outcomes: outcomes.filter(Boolean), exceeded: stop.signal.aborted }
}
