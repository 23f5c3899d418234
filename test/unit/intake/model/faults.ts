import { ThrottledError, TransientDependencyError } from '../../../../functions/domain/errors.ts'
import { landingShard } from '../../../../functions/domain/landing/landing.ts'
import type { Intake } from '../../../../functions/use-cases/intake/intake.ts'
import type { Simulation } from './simulation.ts'

/** How often, of all calls, each thing goes wrong. */
export interface FaultRates {
  /** The function dies before the call is made. */
  crashBefore: number
  /** The call is made, and the function dies before it hears of it. */
  crashAfter: number
  throttle: number
  /** The call is made, and its answer is an error. */
  lostAnswer: number
  /** The call takes a minute. */
  stall: number
}
export const NO_FAULTS: FaultRates = { crashBefore: 0, crashAfter: 0, throttle: 0, lostAnswer: 0, stall: 0 }

/** One run of a Lambda function. Once dead, none of its calls is made or answered. */
export interface Invocation {
  dead: boolean
  die: () => void
}

const IMMEDIATE = new Set(['counters', 'log', 'settings', 'metrics'])
const ITERATED = new Set(['list', 'receive'])
/** What S3 has been asked for it may do although the function that asked is no more. */
const DONE_ALL_THE_SAME = new Set(['copy', 'remove'])
const CLOCKS_DIFFER = 100

/** The world as one invocation meets it: every call takes its time, during which others act, and may go wrong; its clock is its own. */
export function faulty(world: Intake, invocation: Invocation, rates: () => FaultRates, simulation: Simulation): Intake {
  const call = <T>(perform: () => Promise<T>, method = '') =>
    new Promise<T>((resolve, reject) => {
      if (invocation.dead) return
      const { crashBefore, crashAfter, throttle, lostAnswer, stall } = rates()
      if (simulation.chance(crashBefore)) return invocation.die()
      const latency = simulation.chance(stall) ? simulation.between(10_000, 150_000) : simulation.between(2, 200)
      simulation.after(latency, () => {
        if (invocation.dead) {
          if (DONE_ALL_THE_SAME.has(method) && simulation.chance(0.5)) perform().catch(() => {})
          return
        }
        if (simulation.chance(throttle)) return reject(new ThrottledError('simulated'))
        const dies = simulation.chance(crashAfter)
        const loses = simulation.chance(lostAnswer)
        perform().then(
          (answer) => {
            if (dies) invocation.die()
            else if (loses) reject(new TransientDependencyError('simulated'))
            else resolve(answer)
          },
          (error) => reject(error),
        )
      })
    })

  const wrap = <Port extends object>(port: Port): Port =>
    new Proxy(port, {
      get(target, method: string) {
        const original = (target as Record<string, (...args: unknown[]) => unknown>)[method] as (...args: unknown[]) => unknown
        if (method === 'waiting') return (...args: unknown[]) => shardByShard(original, args)
        if (ITERATED.has(method)) return (...args: unknown[]) => iterated(original, args)
        return (...args: unknown[]) => call(() => original.apply(target, args) as Promise<unknown>, method)
      },
    })

  async function* iterated(original: (...args: unknown[]) => unknown, args: unknown[]) {
    yield* await call(() => collected(original(...args) as AsyncIterable<unknown[]>))
  }
  // A query a shard: what one of them shows may have changed by the time of the next.
  async function* shardByShard(original: (...args: unknown[]) => unknown, args: unknown[]) {
    for (const half of [0, 1]) {
      const pages = await call(() => collected(original(...args) as AsyncIterable<{ key: string }[]>))
      for (const page of pages) {
        const ours = page.filter(({ key }) => Number(landingShard(key)) % 2 === half)
        if (ours.length > 0) yield ours
      }
    }
  }

  const skew = simulation.between(-CLOCKS_DIFFER, CLOCKS_DIFFER)
  const clock = { now: () => new Date(simulation.now + skew) }
  // A function uses few of its ports: each is made when it is first asked for.
  const ports: Record<string, unknown> = { clock }
  return new Proxy(world, {
    get(target, name: keyof Intake) {
      ports[name] ??= IMMEDIATE.has(name) ? target[name] : wrap(target[name] as object)
      return ports[name]
    },
  })
}

async function collected<T>(pages: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const page of pages) all.push(page)
  return all
}
