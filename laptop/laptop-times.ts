import type { Clock } from 'asl-jsonata'
import { systemClock } from 'asl-jsonata'

/**
 * Times that differ between AWS and the laptop, in one place. On AWS they trade latency for money and wait for clusters to
 * start; here a crawl takes a second. What bounds work (timeouts, deadlines, visibility while a function runs) stays as deployed.
 */
export const laptopTimes = {
  /** SETTLE_SECONDS of the functions: how long objects may keep arriving before their crawl begins. */
  settleSeconds: 1,
  /** Longest batching window of a queue's poller. */
  mostWindowSeconds: 0.25,
  /** Messages of a failed invocation come back after this, not when their visibility ends. */
  redeliverySeconds: 2,
  /** Longest Wait state and retry pause. */
  mostWaitMs: 250,
  mostRetryMs: 1000,
  /** Between two looks at something that a `.sync` task waits for. */
  pollMs: 150,
} as const

/** The interpreter's clock: waits and retry pauses are cut short, timeouts are not. */
export const laptopClock: Clock = {
  now: () => Date.now(),
  sleep(ms, options) {
    const most = { wait: laptopTimes.mostWaitMs, retry: laptopTimes.mostRetryMs, timeout: Number.POSITIVE_INFINITY }
    return systemClock.sleep(Math.min(ms, most[options?.purpose ?? 'wait']), options)
  },
}
