/** What may travel between states. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json }
export type JsonObject = { [key: string]: Json }

export type QueryLanguage = 'JSONata' | 'JSONPath'

export interface States {
  StartAt: string
  States: Record<string, State>
}

export interface StateMachineDefinition extends States {
  QueryLanguage?: QueryLanguage
  TimeoutSeconds?: number
  Comment?: string
}

export interface Retrier {
  ErrorEquals: string[]
  IntervalSeconds?: number
  MaxAttempts?: number
  BackoffRate?: number
  MaxDelaySeconds?: number
  JitterStrategy?: 'FULL' | 'NONE'
}

export interface Catcher {
  ErrorEquals: string[]
  Next: string
  Output?: Json
  Assign?: JsonObject
}

export interface ChoiceRule {
  Condition: Json
  Next: string
  Output?: Json
  Assign?: JsonObject
}

export interface ItemProcessor extends States {
  ProcessorConfig?: { Mode?: 'INLINE' | 'DISTRIBUTED'; ExecutionType?: 'STANDARD' | 'EXPRESS' }
}

/** One state after loading: every field is optional but Type, since loading has checked which belongs to which Type. */
export interface State {
  Type: 'Pass' | 'Task' | 'Choice' | 'Wait' | 'Succeed' | 'Fail' | 'Parallel' | 'Map'
  /** Filled in by loading. A JSONPath state is only accepted when both languages read it alike; its strings stay literal. */
  QueryLanguage: QueryLanguage
  Comment?: string
  Next?: string
  End?: boolean
  Output?: Json
  Assign?: JsonObject
  Arguments?: Json
  Resource?: string
  Credentials?: Json
  TimeoutSeconds?: Json
  HeartbeatSeconds?: Json
  Retry?: Retrier[]
  Catch?: Catcher[]
  Choices?: ChoiceRule[]
  Default?: string
  Seconds?: Json
  Timestamp?: Json
  Error?: Json
  Cause?: Json
  Branches?: States[]
  Items?: Json
  ItemReader?: { Resource: string; Arguments?: Json; ReaderConfig?: JsonObject }
  ItemSelector?: Json
  ItemBatcher?: JsonObject
  ItemProcessor?: ItemProcessor
  MaxConcurrency?: Json
  ToleratedFailureCount?: Json
  ToleratedFailurePercentage?: Json
  Label?: string
  ResultWriter?: { Resource?: string; Arguments?: Json; WriterConfig?: JsonObject }
}

export type ExecutionStatus = 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED'

export interface ExecutionResult {
  status: ExecutionStatus
  output?: Json
  error?: string
  cause?: string
}

/** What a task handler is given. A thrown error's `name` becomes the Error, its `message` the Cause. */
export interface TaskCall {
  resource: string
  arguments: Json
  timeoutSeconds?: number
  heartbeatSeconds?: number
  /** Aborted when the state times out, a sibling branch fails, or the execution is stopped. */
  signal: AbortSignal
  /** The context object, as `$states.context` shows it. */
  context: JsonObject
  /** For `.waitForTaskToken` resources: the state goes on when this token is sent back. */
  taskToken?: string
  /** Tells that the task is alive, where HeartbeatSeconds is set. */
  heartbeat(): void
}
export type TaskHandler = (call: TaskCall) => unknown
export type Tasks = Record<string, TaskHandler> | TaskHandler
/** Why a Task's resource cannot be called here, or undefined when it can. */
export type Refusal = (resource: string) => string | undefined
