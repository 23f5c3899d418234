/** Why an execution sleeps: a clock may shorten waits and still keep timeouts. */
export type SleepPurpose = 'wait' | 'retry' | 'timeout'

export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number
  /** Ends after `ms`, or rejects with the signal's reason once that is aborted. */
  sleep(ms: number, options?: { signal?: AbortSignal; purpose?: SleepPurpose }): Promise<void>
}

/** setTimeout counts in 32 bits: longer sleeps are taken in pieces. */
const LONGEST_TIMER_MS = 2 ** 31 - 1

export const systemClock: Clock = {
  now: () => Date.now(),
  async sleep(ms, { signal } = {}) {
    for (let left = ms; ; left -= LONGEST_TIMER_MS) {
      await oneTimer(Math.max(0, Math.min(left, LONGEST_TIMER_MS)), signal)
      if (left <= LONGEST_TIMER_MS) return
    }
  },
}

function oneTimer(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason)
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', onAbort)
      resolve()
    }, ms)
    const onAbort = () => {
      clearTimeout(timer)
      reject(signal?.reason)
    }
    signal?.addEventListener('abort', onAbort, { once: true })
  })
}
