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

const IMMEDIATE = new Set(['counters', 'log', 'clock', 'settings'])
const ITERATED = new Set(['list', 'receive'])

/** The world as one invocation meets it: every call takes its time, during which others act, and may go wrong. */
export function faulty(world: Intake, invocation: Invocation, rates: () => FaultRates, simulation: Simulation): Intake {
  const call = <T>(perform: () => Promise<T>) =>
    new Promise<T>((resolve, reject) => {
      if (invocation.dead) return
      const { crashBefore, crashAfter, throttle, lostAnswer, stall } = rates()
      if (simulation.chance(crashBefore)) return invocation.die()
      const latency = simulation.chance(stall) ? simulation.between(10_000, 150_000) : simulation.between(2, 200)
      simulation.after(latency, () => {
        if (invocation.dead) return
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
        return (...args: unknown[]) => call(() => original.apply(target, args) as Promise<unknown>)
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

  return Object.fromEntries(
    Object.entries(world).map(([name, port]) => [name, IMMEDIATE.has(name) ? port : wrap(port as object)]),
  ) as unknown as Intake
}

async function collected<T>(pages: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const page of pages) all.push(page)
  return all
}
