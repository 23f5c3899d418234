import type { Clock } from './clock.ts'
import type { Cursor, History } from './history.ts'
import type { Progress } from './progress.ts'
import type { Scope } from './scope.ts'
import type { TaskTokens } from './task-tokens.ts'
import type { Json, JsonObject, State, States, TaskHandler } from './types.ts'

/** What all states of one execution share. */
export interface Engine {
  clock: Clock
  history: History
  tokens: TaskTokens
  callTask: TaskHandler
  /** 0 ≤ n < 1: for jitter. */
  random(): number
  region: string
  /** `Execution` and `StateMachine` of the context object. */
  context: { Execution: JsonObject; StateMachine: JsonObject }
  startMapRun(plan: MapRunPlan, progress: Progress): MapRun
  runStates(states: States, input: Json, frame: Frame): Promise<Json>
}

/** One line of execution: the top level, a branch or an iteration. */
export interface Frame {
  engine: Engine
  scope: Scope
  signal: AbortSignal
  cursor: Cursor
  progress: Progress
  /** A branch or an iteration, not the top level of an execution. */
  isInner?: boolean
  /** `Map` of the context object, inside an iteration. */
  map?: JsonObject
}

export interface MapRunPlan {
  label: string
  processor: States
  maxConcurrency: number
  toleratedFailureCount: number
  toleratedFailurePercentage: number
}

export interface ChildOutcome {
  executionArn: string
  name: string
  status: 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED'
  input: Json
  output?: Json
  error?: string
  cause?: string
  startDate: number
  stopDate: number
}

/** A Map Run: the child executions that a Distributed Map starts. */
export interface MapRun {
  arn: string
  redriveCount: number
  /** How many children there will be, once the items are read and batched. */
  expect(children: number, items: number): void
  runChild(input: Json, items: number, progress: Progress, signal: AbortSignal): Promise<ChildOutcome>
  finish(status: 'SUCCEEDED' | 'FAILED' | 'ABORTED', resultsWritten: number): void
}

/** One entry into a state, over all its retries. */
export interface Visit {
  frame: Frame
  name: string
  state: State
  input: Json
  enteredTime: string
  enteredEventId: number
  retryCount: number
}

/** How a visit ends: the next state, or undefined at the end of the block. */
export interface Outcome {
  next: string | undefined
  output: Json
  assigned: JsonObject
}
