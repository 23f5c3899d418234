import type { Clock } from './clock.ts'
import type { HistoryEvent } from './history.ts'
import type { Progress } from './progress.ts'
import type { TaskTokens } from './task-tokens.ts'
import type { ExecutionStatus, Json, TaskHandler } from './types.ts'

/** All that is known of one execution: plain data, so that a storage may keep it. Times are milliseconds. */
export interface ExecutionRecord {
  executionArn: string
  stateMachineArn: string
  stateMachineName: string
  name: string
  roleArn: string
  status: ExecutionStatus
  input: Json
  output?: Json
  error?: string
  cause?: string
  startDate: number
  stopDate?: number
  redriveCount: number
  redriveDate?: number
  /** Set for the children of a Distributed Map. */
  mapRunArn?: string
  itemCount?: number
  /** The definition that it started with: an update of the machine does not reach it. */
  definition: string
  history: HistoryEvent[]
  progress: Progress
}

export interface MapRunRecord {
  mapRunArn: string
  executionArn: string
  stateMachineArn: string
  status: 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'ABORTED'
  startDate: number
  stopDate?: number
  maxConcurrency: number
  toleratedFailureCount: number
  toleratedFailurePercentage: number
  executionCounts: Counts
  itemCounts: Counts
  redriveCount: number
  redriveDate?: number
}

export interface Counts {
  pending: number
  running: number
  succeeded: number
  failed: number
  timedOut: number
  aborted: number
  total: number
  resultsWritten: number
}

/** What executions need from outside. */
export interface World {
  clock: Clock
  callTask: TaskHandler
  tokens: TaskTokens
  random(): number
  region: string
  /** Told of a start and of an end; a run ends when this has. */
  onStatus?(record: ExecutionRecord): void | Promise<void>
  onMapRun?(record: MapRunRecord): void
  onChild?(record: ExecutionRecord): void
  /** Earlier records, for a redrive to continue. */
  findMapRun?(arn: string): MapRunRecord | undefined
  findExecution?(arn: string): ExecutionRecord | undefined
}
