import type { Clock, SleepPurpose } from './clock.ts'

export interface VirtualClock extends Clock {
  /** Every sleep that was asked for, in order: what a test asserts on. */
  readonly sleeps: { ms: number; purpose: SleepPurpose }[]
}

interface Sleeper {
  at: number
  purpose: SleepPurpose
  wake(): void
}

/**
 * A clock whose hours pass at once. Time moves to the next sleeper only when the program is idle, that is when nothing
 * has happened for a few turns of the event loop. A timeout is a guard over work that may be doing real input or output, so
 * it fires only after `timeoutGraceMs` of real idleness: a handler that never answers still times out, a slow one does not.
 */
export function virtualClock({ start = Date.UTC(2025, 0, 1), timeoutGraceMs = 25 } = {}): VirtualClock {
  let time = start
  let activity = 0
  let pumping = false
  const sleepers = new Set<Sleeper>()
  const sleeps: VirtualClock['sleeps'] = []

  const earliest = () => [...sleepers].reduce<Sleeper | undefined>((first, s) => (first && first.at <= s.at ? first : s), undefined)

  async function pump(): Promise<void> {
    if (pumping) return
    pumping = true
    while (sleepers.size > 0) {
      const seen = activity
      await turns(3)
      if (seen !== activity) continue
      const next = earliest()
      if (next?.purpose === 'timeout') {
        await new Promise((resolve) => setTimeout(resolve, timeoutGraceMs))
        if (seen !== activity) continue
      }
      if (!next || !sleepers.delete(next)) continue
      time = Math.max(time, next.at)
      next.wake()
    }
    pumping = false
  }

  return {
    sleeps,
    now: () => time,
    sleep(ms, { signal, purpose = 'wait' } = {}) {
      sleeps.push({ ms, purpose })
      activity++
      return new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason)
        const onAbort = () => {
          activity++
          sleepers.delete(sleeper)
          reject(signal?.reason)
        }
        const sleeper: Sleeper = {
          at: time + Math.max(0, ms),
          purpose,
          wake() {
            activity++
            signal?.removeEventListener('abort', onAbort)
            resolve()
          },
        }
        signal?.addEventListener('abort', onAbort, { once: true })
        sleepers.add(sleeper)
        void pump()
      })
    },
  }
}

async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve))
}
