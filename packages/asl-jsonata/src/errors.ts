/** A failure that an execution sees: `Error` and `Cause` of the States language. */
export class StatesError extends Error {
  override readonly name = 'StatesError'
  constructor(
    readonly error: string | undefined,
    readonly reason?: string,
    /** Where an expression failed, such as `Output/result`; set for evaluation failures only. */
    readonly location?: string,
    /** The service reports a missed heartbeat as States.Timeout; Retry and Catch may still name States.HeartbeatTimeout. */
    readonly missedHeartbeat = false,
  ) {
    super(`${error ?? 'Fail'}${reason ? `: ${reason}` : ''}`)
  }

  /** What `$states.errorOutput` shows: both fields are always there. */
  get output(): { Error: string; Cause: string } {
    return { Error: this.error ?? '', Cause: this.reason ?? '' }
  }
}

export const queryEvaluationError = (cause: string, location?: string) => new StatesError('States.QueryEvaluationError', cause, location)
export const runtimeError = (cause: string) => new StatesError('States.Runtime', cause)
export const dataLimitExceeded = (what: string) =>
  new StatesError(
    'States.DataLimitExceeded',
    `The state/task '${what}' returned a result with a size exceeding the maximum number of bytes service limit.`,
  )

/** Whatever a handler threw, as the States language sees it. */
export function asStatesError(thrown: unknown): StatesError {
  if (thrown instanceof StatesError) return thrown
  if (thrown instanceof Error) return new StatesError(thrown.name || 'Error', thrown.message)
  return new StatesError('Error', typeof thrown === 'string' ? thrown : JSON.stringify(thrown))
}

/** Why running work is aborted. It is never matched by Retry or Catch. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted'
  constructor(
    readonly kind: 'stopped' | 'timed-out' | 'sibling-failed',
    readonly error?: string,
    readonly reason?: string,
  ) {
    super(`interrupted: ${kind}`)
  }
}

export interface DefinitionProblem {
  /** A path such as `/States/Fetch/Retry[0]`. */
  location: string
  message: string
}

/** The definition cannot be run; every problem found is listed. */
export class InvalidDefinitionError extends Error {
  override readonly name = 'InvalidDefinition'
  constructor(readonly problems: DefinitionProblem[]) {
    super(`Invalid State Machine Definition: ${problems.map((p) => `${p.message} at ${p.location}`).join('; ')}`)
  }
}
