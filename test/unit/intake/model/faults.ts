import { ThrottledError, TransientDependencyError } from '../../../../functions/domain/errors.ts'
import { landingShard } from '../../../../functions/domain/landing/landing.ts'
import type { AlertTopic } from '../../../../functions/ports/alerts.ts'
import type { TellDeps } from '../../../../functions/use-cases/alerts/tell.ts'
import type { Intake } from '../../../../functions/use-cases/intake/intake.ts'
import { intakeAlerts } from '../../../../functions/use-cases/intake/intake-alerts.ts'
import type { Simulation } from './simulation.ts'

/** All that intake uses, and the topic that its alerts go to. */
export type ModelWorld = Intake & { topic: AlertTopic }

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

/** They make no call; contracts are read once, when a function starts for the first time. */
const IMMEDIATE = new Set(['counters', 'log', 'settings', 'metrics', 'contracts'])
const ITERATED = new Set(['list', 'receive'])
/** What S3 has been asked for it may do although the function that asked is no more. */
const DONE_ALL_THE_SAME = new Set(['copy', 'remove'])
const CLOCKS_DIFFER = 100

/** The world as one invocation meets it: every call takes its time, during which others act, and may go wrong; its clock is its own. */
export function faulty(world: ModelWorld, invocation: Invocation, rates: () => FaultRates, simulation: Simulation): ModelWorld {
  const skew = simulation.between(-CLOCKS_DIFFER, CLOCKS_DIFFER)
  worldClass ??= classOfWorlds(world)
  const clock = { now: () => new Date(simulation.now + skew) }
  return new worldClass(world, { invocation, rates, simulation }, clock) as unknown as ModelWorld
}

interface Caller {
  invocation: Invocation
  rates: () => FaultRates
  simulation: Simulation
}
type Method = (...args: unknown[]) => unknown
type Port = Record<string, Method>

/** Made once for all schedules: a class of its own for each world would cost more than the rest. */
let worldClass: ReturnType<typeof classOfWorlds> | undefined

function classOfWorlds(sample: ModelWorld) {
  class FaultyWorld {
    declare readonly world: ModelWorld
    declare readonly caller: Caller
    declare readonly clock: Intake['clock']
    constructor(world: ModelWorld, caller: Caller, clock: Intake['clock']) {
      this.world = world
      this.caller = caller
      this.clock = clock
    }
  }
  for (const name of Object.keys(sample) as (keyof ModelWorld)[]) {
    if (name === 'clock') continue
    if (name === 'alerts') {
      // Each function makes them of its own ports.
      Object.defineProperty(FaultyWorld.prototype, name, {
        get(this: FaultyWorld) {
          return intakeAlerts(this as unknown as TellDeps)
        },
      })
      continue
    }
    const portClass = IMMEDIATE.has(name) ? undefined : classOfPorts(sample[name])
    Object.defineProperty(FaultyWorld.prototype, name, {
      get(this: FaultyWorld) {
        const port = this.world[name]
        return portClass === undefined ? port : new portClass(port as unknown as Port, this.caller)
      },
    })
  }
  return FaultyWorld
}

function classOfPorts(sample: object) {
  class FaultyPort {
    declare readonly port: Port
    declare readonly caller: Caller
    constructor(port: Port, caller: Caller) {
      this.port = port
      this.caller = caller
    }
  }
  for (const name of Object.keys(sample)) {
    const value = name === 'waiting' ? waitingShardByShard : ITERATED.has(name) ? iterated(name) : called(name)
    Object.defineProperty(FaultyPort.prototype, name, { value })
  }
  return FaultyPort
}

interface PortOfOne {
  port: Port
  caller: Caller
}

function called(name: string): Method {
  const doneAllTheSame = DONE_ALL_THE_SAME.has(name)
  return function (this: unknown, ...args) {
    const { port, caller } = this as PortOfOne
    return call(caller, () => port[name]?.(...args) as Promise<unknown>, doneAllTheSame)
  }
}

const iterated = (name: string) =>
  async function* (this: PortOfOne, ...args: unknown[]) {
    yield* await call(this.caller, () => collected(this.port[name]?.(...args) as AsyncIterable<unknown[]>))
  }

// A query a shard: what one of them shows may have changed by the time of the next.
async function* waitingShardByShard(this: PortOfOne, ...args: unknown[]) {
  for (const half of [0, 1]) {
    const pages = await call(this.caller, () => collected(this.port.waiting?.(...args) as AsyncIterable<{ key: string }[]>))
    for (const page of pages) {
      const ours = page.filter(({ key }) => Number(landingShard(key)) % 2 === half)
      if (ours.length > 0) yield ours
    }
  }
}

function call<T>({ invocation, rates, simulation }: Caller, perform: () => Promise<T>, doneAllTheSame = false): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    if (invocation.dead) return
    const { crashBefore, crashAfter, throttle, lostAnswer, stall } = rates()
    if (simulation.chance(crashBefore)) return invocation.die()
    const latency = simulation.chance(stall) ? simulation.between(10_000, 150_000) : simulation.between(2, 200)
    simulation.after(latency, () => {
      if (invocation.dead) {
        if (doneAllTheSame && simulation.chance(0.5)) perform().catch(() => {})
        return
      }
      if (simulation.chance(throttle)) return reject(new ThrottledError('simulated'))
      const dies = simulation.chance(crashAfter)
      const loses = simulation.chance(lostAnswer)
      if (!dies && !loses) return resolve(perform())
      perform().then(() => (dies ? invocation.die() : reject(new TransientDependencyError('simulated'))), reject)
    })
  })
}

async function collected<T>(pages: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const page of pages) all.push(page)
  return all
}
