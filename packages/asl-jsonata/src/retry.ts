import type { StatesError } from './errors.ts'
import type { Retrier } from './types.ts'

/** Errors that the wildcard States.ALL does not match. */
const NOT_ALL = new Set(['States.DataLimitExceeded', 'States.Runtime'])

/** Whether a Retry or Catch entry names this error. States.Runtime always fails the execution, named or not. */
export function matches(errorEquals: string[], error: StatesError): boolean {
  const name = error.error ?? ''
  if (name === 'States.Runtime') return false
  return errorEquals.some((wanted) => {
    if (wanted === name) return true
    if (wanted === 'States.ALL') return !NOT_ALL.has(name)
    if (wanted === 'States.TaskFailed') return !NOT_ALL.has(name) && name !== 'States.Timeout' && name !== 'States.HeartbeatTimeout'
    return wanted === 'States.HeartbeatTimeout' && error.missedHeartbeat
  })
}

/** Counts the attempts of each retrier for one visit to a state. */
export class RetryPolicy {
  readonly #used = new Map<Retrier, number>()

  constructor(
    private readonly retriers: Retrier[] = [],
    private readonly random: () => number = Math.random,
  ) {}

  /** Seconds until the next attempt, or undefined when there is none. Only the first retrier that matches is asked. */
  next(error: StatesError): number | undefined {
    const retrier = this.retriers.find((r) => matches(r.ErrorEquals, error))
    if (!retrier) return undefined
    const used = this.#used.get(retrier) ?? 0
    if (used >= (retrier.MaxAttempts ?? 3)) return undefined
    this.#used.set(retrier, used + 1)
    const grown = (retrier.IntervalSeconds ?? 1) * (retrier.BackoffRate ?? 2) ** used
    const capped = Math.min(grown, retrier.MaxDelaySeconds ?? Number.POSITIVE_INFINITY)
    return retrier.JitterStrategy === 'FULL' ? this.random() * capped : capped
  }
}
