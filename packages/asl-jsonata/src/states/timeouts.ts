import type { Frame } from '../engine.ts'
import { StatesError } from '../errors.ts'

/**
 * Runs work against TimeoutSeconds, HeartbeatSeconds and the line's own signal; the first to end decides. The work's signal
 * is aborted when it lost, so that a handler may stop what it started.
 */
export async function withinTimeouts<T>(
  frame: Frame,
  { timeoutSeconds, heartbeatSeconds }: { timeoutSeconds?: number; heartbeatSeconds?: number },
  work: (signal: AbortSignal, heartbeat: () => void) => Promise<T>,
): Promise<T> {
  const { clock } = frame.engine
  const ended = new AbortController()
  const workSignal = AbortSignal.any([frame.signal, ended.signal])
  const interrupted = new Promise<never>((_, reject) => {
    if (frame.signal.aborted) reject(frame.signal.reason)
    frame.signal.addEventListener('abort', () => reject(frame.signal.reason), { once: true, signal: ended.signal })
  })

  const guard = (seconds: number, error: () => StatesError) => {
    let restarted = new AbortController()
    const elapsed = async (): Promise<never> => {
      for (;;) {
        const { signal } = restarted
        try {
          await clock.sleep(seconds * 1000, { signal: AbortSignal.any([workSignal, signal]), purpose: 'timeout' })
        } catch (reason) {
          if (workSignal.aborted) throw reason
          continue
        }
        throw error()
      }
    }
    const restart = () => {
      const old = restarted
      restarted = new AbortController()
      old.abort(new Error('heartbeat'))
    }
    return { elapsed: elapsed(), restart }
  }

  const timeout = timeoutSeconds === undefined ? undefined : guard(timeoutSeconds, () => new StatesError('States.Timeout'))
  const missed = () => new StatesError('States.Timeout', undefined, undefined, true)
  const heartbeats = heartbeatSeconds === undefined ? undefined : guard(heartbeatSeconds, missed)
  const racers = [interrupted, timeout?.elapsed, heartbeats?.elapsed].filter((p) => p !== undefined)
  for (const racer of racers) racer.catch(() => undefined)

  const working = work(workSignal, () => heartbeats?.restart())
  working.catch(() => undefined)
  try {
    return await Promise.race([working, ...racers])
  } finally {
    ended.abort(new Error('The state has ended'))
  }
}
