import { randomUUID } from 'node:crypto'
import { type Clock, systemClock } from './clock.ts'
import { loadDefinition } from './definition/load.ts'
import { Execution } from './execution.ts'
import type { HistoryEvent } from './history.ts'
import { noProgress } from './progress.ts'
import type { ExecutionRecord, MapRunRecord } from './records.ts'
import { TaskTokens } from './task-tokens.ts'
import { refusesActivities, taskDispatcher } from './tasks.ts'
import type { ExecutionResult, Json, Tasks } from './types.ts'

export type { Clock, SleepPurpose } from './clock.ts'
export { systemClock } from './clock.ts'
export { loadDefinition } from './definition/load.ts'
export { InvalidDefinitionError, StatesError } from './errors.ts'
export type { HistoryEvent } from './history.ts'
export { createStepFunctions, type StepFunctions, type StepFunctionsOptions } from './service/create.ts'
export type { StatusChangeDetail } from './service/status-event.ts'
export { memoryStorage, type Shelf, type StepFunctionsStorage } from './service/storage.ts'
export { TaskTokens } from './task-tokens.ts'
export type { ExecutionResult, ExecutionStatus, Json, Refusal, TaskCall, TaskHandler, Tasks } from './types.ts'

export interface RunOptions {
  /** Handlers by resource ARN, or one for all; a machine without tasks needs none. */
  tasks?: Tasks
  clock?: Clock
  /** Where the answers to `.waitForTaskToken` tasks come in. */
  tokens?: TaskTokens
  /** 0 ≤ n < 1, for jitter. */
  random?: () => number
  signal?: AbortSignal
  execution?: { name?: string; stateMachineName?: string; roleArn?: string }
}

export interface RunResult extends ExecutionResult {
  history: HistoryEvent[]
  mapRuns: MapRunRecord[]
  /** The executions that Distributed Maps started. */
  children: ExecutionRecord[]
}

/**
 * Runs a JSONata state machine to its end. A definition that cannot be run rejects with InvalidDefinitionError; whatever
 * happens to the execution after that is in the result.
 */
export async function runStateMachine(definition: unknown, input: Json = {}, options: RunOptions = {}): Promise<RunResult> {
  const machine = loadDefinition(definition, refusesActivities(options.tasks))
  const { clock = systemClock, tokens = new TaskTokens(), random = Math.random, signal } = options
  const {
    name = randomUUID(),
    stateMachineName = 'state-machine',
    roleArn = 'arn:aws:iam::000000000000:role/states',
  } = options.execution ?? {}
  const arn = 'arn:aws:states:us-east-1:000000000000'
  const record: ExecutionRecord = {
    executionArn: `${arn}:execution:${stateMachineName}:${name}`,
    stateMachineArn: `${arn}:stateMachine:${stateMachineName}`,
    stateMachineName,
    name,
    roleArn,
    status: 'RUNNING',
    input,
    startDate: clock.now(),
    redriveCount: 0,
    definition: '',
    history: [],
    progress: noProgress(),
  }
  const mapRuns: MapRunRecord[] = []
  const children: ExecutionRecord[] = []
  const execution = new Execution(record, machine, {
    clock,
    tokens,
    random,
    region: 'us-east-1',
    callTask: taskDispatcher(options.tasks),
    onMapRun: (run) => mapRuns.push(run),
    onChild: (child) => children.push(child),
  })
  const stop = () => execution.stop()
  signal?.addEventListener('abort', stop, { once: true })
  if (signal?.aborted) stop()
  await execution.run()
  signal?.removeEventListener('abort', stop)
  const { status, output, error, cause, history } = record
  return {
    status,
    ...(output === undefined ? {} : { output }),
    ...(error === undefined ? {} : { error }),
    ...(cause === undefined ? {} : { cause }),
    history,
    mapRuns,
    children,
  }
}
