import { describe, expect, it } from 'vitest'
import { virtualClock } from '../src/virtual-clock.ts'

describe('the virtual clock', () => {
  it('wakes sleepers in the order of their time, and shows that time', async () => {
    const clock = virtualClock({ start: 0 })
    const woken: [string, number][] = []
    const sleeper = async (name: string, ms: number) => {
      await clock.sleep(ms)
      woken.push([name, clock.now()])
    }
    await Promise.all([sleeper('hour', 3_600_000), sleeper('second', 1000), sleeper('day', 86_400_000)])
    expect(woken).toEqual([
      ['second', 1000],
      ['hour', 3_600_000],
      ['day', 86_400_000],
    ])
  })

  it('gives up a sleep that is aborted', async () => {
    const clock = virtualClock({ start: 0 })
    const controller = new AbortController()
    const sleep = clock.sleep(1000, { signal: controller.signal })
    controller.abort(new Error('enough'))
    await expect(sleep).rejects.toThrow('enough')
    await expect(clock.sleep(1, { signal: controller.signal })).rejects.toThrow('enough')
    expect(clock.now()).toBe(0)
  })

  it('does not let a timeout overtake work that goes on in real time', async () => {
    const clock = virtualClock({ start: 0, timeoutGraceMs: 50 })
    const controller = new AbortController()
    const timeout = clock.sleep(1000, { signal: controller.signal, purpose: 'timeout' })
    timeout.catch(() => undefined)
    await new Promise((resolve) => setTimeout(resolve, 15))
    controller.abort(new Error('done in time'))
    await expect(timeout).rejects.toThrow('done in time')
  })

  it('lets a timeout fire when nothing else is going on', async () => {
    const clock = virtualClock({ start: 0, timeoutGraceMs: 5 })
    await clock.sleep(1000, { purpose: 'timeout' })
    expect(clock.now()).toBe(1000)
  })
})
