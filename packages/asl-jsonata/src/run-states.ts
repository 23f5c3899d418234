import type { Frame, Outcome, Visit } from './engine.ts'
import { asStatesError, Interrupted, type StatesError } from './errors.ts'
import { payload } from './history.ts'
import { checkPayload } from './limits.ts'
import { startAfresh } from './progress.ts'
import { matches, RetryPolicy } from './retry.ts'
import { choice, fail, pass, wait } from './states/flow.ts'
import { map } from './states/map.ts'
import { parallel } from './states/parallel.ts'
import { task } from './states/task.ts'
import type { Json, State, States } from './types.ts'
import { settle } from './visit.ts'

const PERFORM: Record<State['Type'], (visit: Visit) => Promise<Outcome>> = {
  Pass: pass,
  Succeed: pass,
  Choice: choice,
  Wait: wait,
  Fail: fail,
  Task: task,
  Parallel: parallel,
  Map: map,
}

/** Runs one `States` block to its end, from its start or from where its progress ends. */
export async function runStates(states: States, input: Json, frame: Frame): Promise<Json> {
  const { progress, scope } = frame
  if (progress.done) return progress.done.output
  let resumed = progress.at !== undefined
  if (progress.at) scope.assign(progress.at.variables)
  let at: string | undefined = progress.at?.state ?? states.StartAt
  let current = progress.at ? progress.at.input : input
  while (at !== undefined) {
    const { next, output, assigned } = await runState(at, states.States[at] as State, current, frame, resumed)
    scope.assign(assigned)
    ;[at, current, resumed] = [next, output, false]
  }
  progress.done = { output: current }
  delete progress.at
  startAfresh(progress)
  return current
}

async function runState(name: string, state: State, input: Json, frame: Frame, resumed: boolean): Promise<Outcome> {
  const { engine, cursor, progress, signal, scope } = frame
  if (signal.aborted) throw signal.reason
  const enteredTime = new Date(engine.clock.now()).toISOString()
  if (!resumed) {
    progress.at = { state: name, input, variables: scope.own }
    startAfresh(progress)
    engine.history.record(cursor, `${state.Type}StateEntered`, { name, ...payload('input', input) })
  }
  const visit: Visit = { frame, name, state, input: checkPayload(input, name), enteredTime, enteredEventId: cursor.id, retryCount: 0 }
  const outcome = await withRetries(visit).catch((thrown) => {
    if (frame.isInner && (state.Type === 'Task' || signal.aborted)) recordAborted(visit)
    throw thrown
  })
  engine.history.record(cursor, `${state.Type}StateExited`, { name, ...payload('output', outcome.output), ...assignedIn(outcome) })
  return outcome
}

async function withRetries(visit: Visit): Promise<Outcome> {
  const { state, frame } = visit
  const { engine, signal } = frame
  const retries = new RetryPolicy(state.Retry, () => engine.random())
  for (;;) {
    let error: StatesError
    try {
      return await PERFORM[state.Type](visit)
    } catch (thrown) {
      if (signal.aborted || thrown instanceof Interrupted) throw thrown
      error = asStatesError(thrown)
    }
    recordEvaluation(visit, error)
    const seconds = retries.next(error)
    if (seconds === undefined) return caught(visit, error)
    await engine.clock.sleep(seconds * 1000, { signal, purpose: 'retry' })
    visit.retryCount++
    startAfresh(frame.progress)
  }
}

async function caught(visit: Visit, error: StatesError): Promise<Outcome> {
  const { Type, Catch: catchers = [] } = visit.state
  const { history } = visit.frame.engine
  if (Type === 'Map' || Type === 'Parallel') history.record(visit.frame.cursor, `${Type}StateFailed`)
  const index = catchers.findIndex((catcher) => matches(catcher.ErrorEquals, error))
  const catcher = catchers[index]
  if (!catcher) throw error
  const errorOutput = { ...error.output }
  try {
    const { Next, Output, Assign } = catcher
    return await settle(visit, { next: Next, Output, Assign, otherwise: errorOutput, errorOutput, prefix: `Catch[${index}]/` })
  } catch (thrown) {
    recordEvaluation(visit, asStatesError(thrown))
    throw thrown
  }
}

/** Once for an error, by the innermost visit: on its way out it passes through every visit around it. */
function recordEvaluation(visit: Visit, error: StatesError): void {
  const { location, error: name, reason: cause } = error
  if (location === undefined || recorded.has(error)) return
  visit.frame.engine.history.record(visit.frame.cursor, 'EvaluationFailed', { error: name, cause, location, state: visit.name })
  recorded.add(error)
}

/** A Task that ends a branch is shown as aborted, as is whatever was under way when a sibling failed. */
function recordAborted({ frame, state }: Visit): void {
  if (!['Task', 'Wait', 'Map', 'Parallel'].includes(state.Type)) return
  try {
    frame.engine.history.record(frame.cursor, `${state.Type}StateAborted`)
  } catch {
    // The history is full: the coming failure reports it.
  }
}

const recorded = new WeakSet<StatesError>()

function assignedIn({ assigned }: Outcome): Record<string, unknown> {
  const entries = Object.entries(assigned)
  if (entries.length === 0) return {}
  const assignedVariables = Object.fromEntries(entries.map(([key, value]) => [key, JSON.stringify(value)]))
  return { assignedVariables, assignedVariablesDetails: { truncated: false } }
}
