/** Executions of a state machine. */

export type ExecutionStatus = 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED' | 'PENDING_REDRIVE'

export interface ExecutionView {
  arn: string
  name: string
  status: ExecutionStatus
  input: string
  startedAt: string
  stoppedAt?: string
  /** Of one that succeeded. */
  output?: string
  error?: string
  cause?: string
  redrives: number
  redrivable: boolean
  notRedrivableBecause?: string
}

export interface Executions {
  /** Starts the execution; one of that name that runs or has run is success (the name is the batch's). Returns its ARN. */
  start(stateMachineArn: string, name: string, input: unknown): Promise<string>
  describe(executionArn: string): Promise<ExecutionView | undefined>
  redrive(executionArn: string): Promise<void>
  /** Whether a redrive of it would run what a new execution would: same definition, and not ended by a Fail state. */
  resumable(executionArn: string): Promise<{ resumable: boolean; because: string }>
}
