import fc from 'fast-check'
import { pauseDataset, unpauseDataset } from '../../../../functions/use-cases/intake/pause-dataset.ts'
import { redrive } from '../../../../functions/use-cases/redrive/redrive.ts'
import { Simulation } from './simulation.ts'
import { DATASETS, FAIR_WEATHER, MACHINE, type Weather, World } from './world.ts'

export interface Action {
  /** Seconds from the start. */
  at: number
  kind: 'land' | 'delete' | 'uncover' | 'foreign-crawl' | 'manual-run' | 'compact' | 'replay' | 'redrive' | 'pause' | 'resume'
  dataset: number
  key: number
  content: number
}
export interface Schedule {
  actions: Action[]
  weather: Weather
  settleSeconds: number
  /** How many days of rest follow; rows of the ledger expire after 45, and the sweep looks back 30. */
  days: number
  seed: number
}

const KEYS = 5
const rate = (maximum: number) => fc.constantFrom(0, 0, maximum / 4, maximum)

const action: fc.Arbitrary<Action> = fc.record({
  at: fc.oneof({ weight: 2, arbitrary: fc.integer({ min: 0, max: 60 }) }, { weight: 1, arbitrary: fc.integer({ min: 0, max: 1800 }) }),
  kind: fc.oneof(
    { weight: 12, arbitrary: fc.constant('land' as const) },
    { weight: 2, arbitrary: fc.constantFrom('delete' as const, 'uncover' as const) },
    {
      weight: 3,
      arbitrary: fc.constantFrom(
        'foreign-crawl' as const,
        'manual-run' as const,
        'compact' as const,
        'replay' as const,
        'redrive' as const,
        'pause' as const,
        'resume' as const,
      ),
    },
  ),
  dataset: fc.integer({ min: 0, max: DATASETS.length - 1 }),
  key: fc.integer({ min: 0, max: KEYS - 1 }),
  content: fc.integer({ min: 0, max: 2 }),
})

export const schedules: fc.Arbitrary<Schedule> = fc.record({
  actions: fc.array(action, { minLength: 1, maxLength: 14 }),
  weather: fc.record({
    crashBefore: rate(0.03),
    crashAfter: rate(0.05),
    throttle: rate(0.05),
    lostAnswer: rate(0.03),
    stall: rate(0.05),
    lostEvents: rate(0.4),
    duplicateEvents: rate(0.4),
    slowEvents: rate(0.2),
    duplicateDeliveries: rate(0.3),
    failingCrawls: rate(0.5),
    hangingCrawls: rate(0.2),
    badBatches: rate(0.5),
    impatience: rate(0.4),
    shortLeases: rate(0.3),
    refusedAlerts: rate(0.5),
  }),
  settleSeconds: fc.constantFrom(0, 5, 60),
  days: fc.constantFrom(10, 29, 31, 46, 100),
  seed: fc.integer(),
})

export const keyOf = ({ dataset, key }: Pick<Action, 'dataset' | 'key'>) => `raw/${DATASETS[dataset]}/day=0${key % 2}/part ${key}+.csv`

const MINUTE = 60_000
const BAD_WEATHER_MINUTES = 45
const LONGEST_MINUTES = 36 * 60
const SWEEP_MINUTES = 15

/**
 * Weather that redelivery alone must mend: nothing that is sent is lost, nothing hangs for ever, and no message is with two functions at
 * a time (of which one could take the other's unfinished work for done, and delete the message).
 */
export const schedulesWithoutLoss = schedules.map((schedule) => ({
  ...schedule,
  actions: schedule.actions.filter(({ kind }) => kind !== 'redrive'),
  weather: { ...schedule.weather, lostEvents: 0, hangingCrawls: 0, duplicateDeliveries: 0 },
}))

/** Many objects of one dataset that land together: within the settle time, or within two seconds without one. */
export const bursts: fc.Arbitrary<Schedule> = fc
  .record({
    size: fc.integer({ min: 1, max: 120 }),
    settleSeconds: fc.constantFrom(0, 5, 60),
    seed: fc.integer(),
    duplicateEvents: rate(0.5),
  })
  .map(({ size, settleSeconds, seed, duplicateEvents }) => ({
    actions: Array.from({ length: size }, (_, key) => ({
      at: (key / size) * Math.max(settleSeconds, 2),
      kind: 'land' as const,
      dataset: 0,
      key,
      content: 0,
    })),
    weather: { ...FAIR_WEATHER, duplicateEvents, duplicateDeliveries: duplicateEvents / 2 },
    settleSeconds,
    days: 0,
    seed,
  }))

/** Plays the schedule in its weather, then lets the sky clear and waits until nothing moves any more. */
export async function play({ actions, weather, settleSeconds, seed }: Schedule, { sweeps = true } = {}): Promise<World> {
  // Simulated time never lets the event loop turn: so each schedule gives one turn to real waiters, such as the test reporter.
  await new Promise((resolve) => setImmediate(resolve))
  const simulation = new Simulation(seed)
  const world = new World(simulation, weather, settleSeconds)
  const start = simulation.now
  for (const one of actions) simulation.after(one.at * 1000, () => act(one, world))
  simulation.after(BAD_WEATHER_MINUTES * MINUTE, () => {
    world.weather = FAIR_WEATHER
    for (const dataset of DATASETS) void world.invoke((intake) => unpauseDataset(dataset, intake))
  })
  const sweepAgain = () => {
    void world.sweep().catch(() => {})
    simulation.after(SWEEP_MINUTES * MINUTE, sweepAgain)
  }
  if (sweeps) simulation.after(SWEEP_MINUTES * MINUTE, sweepAgain)
  await untilQuiet(world, start + BAD_WEATHER_MINUTES * MINUTE, sweeps)
  return world
}

// Quiet: nothing under way, and a whole sweep in fair weather has found nothing to do.
async function untilQuiet(world: World, notBefore: number, sweeps = true): Promise<void> {
  const { simulation } = world
  const limit = simulation.now + LONGEST_MINUTES * MINUTE
  await simulation.run(notBefore + 1)
  for (let quietSweeps = 0; quietSweeps < 2; ) {
    if (world.deadLetters > 0 && !sweeps) return
    if (simulation.now > limit) throw new Error(`never comes to rest: ${await describe(world)}`)
    await simulation.run(simulation.now + SWEEP_MINUTES * MINUTE)
    // Old enough for the sweep to look at it, whatever landed last.
    const settled = simulation.now > notBefore + 20 * MINUTE && (await isQuiet(world, sweeps))
    quietSweeps = settled ? quietSweeps + 1 : 0
    world.isAtRest = settled
  }
}

async function isQuiet(world: World, sweeps: boolean): Promise<boolean> {
  if (world.messagesInFlight > 0 || world.executions.running.length > 0) return false
  for (const dataset of DATASETS) {
    if ((await world.ledger.flows.read(dataset)).phase !== 'idle') return false
    if (sweeps && (await world.ledger.leases.publishers(dataset)).length > 0) return false
  }
  return true
}

async function describe(world: World): Promise<string> {
  const flows = await Promise.all(DATASETS.map((dataset) => world.ledger.flows.read(dataset)))
  return JSON.stringify({
    flows,
    messages: world.messagesInFlight,
    running: world.executions.running.map(({ name }) => name),
    publishers: await Promise.all(DATASETS.map((dataset) => world.ledger.leases.publishers(dataset))),
    crawling: world.glue.busy,
  })
}

function act(action: Action, world: World): void {
  const dataset = DATASETS[action.dataset] ?? 'orders'
  if (action.kind === 'land') world.raw.put(keyOf(action), `content ${action.content}`)
  if (action.kind === 'delete') world.raw.remove(keyOf(action))
  if (action.kind === 'foreign-crawl') world.glue.start(dataset)
  if (action.kind === 'manual-run')
    void world.executions.port.start(MACHINE, `manual-${dataset}-${action.key}-${action.content}`, { dataset })
  if (action.kind === 'uncover') world.raw.removeNewestVersion(keyOf(action))
  const byHand = (source: 'curated' | 'quarantine') =>
    world.executions.port.start(MACHINE, `${source}-${dataset}-${action.key}-${action.content}`, { dataset, source })
  if (action.kind === 'pause') void world.invoke((intake) => pauseDataset(dataset, { by: 'ann' }, intake)).catch(() => {})
  if (action.kind === 'resume') void world.invoke((intake) => unpauseDataset(dataset, intake)).catch(() => {})
  if (action.kind === 'compact') void byHand('curated')
  if (action.kind === 'replay') void byHand('quarantine')
  if (action.kind === 'redrive') void world.invoke((intake) => redrive({ dryRun: false }, intake)).catch(() => {})
}

/** Redrives, in fair weather, until a redrive finds nothing to do. */
export async function redriveAll(world: World): Promise<void> {
  if (await nothingFailed(world)) return
  for (let round = 0; round < 6; round += 1) {
    world.isAtRest = false
    const pending = world.invoke((intake) => redrive({ dryRun: false }, intake))
    await untilQuiet(world, world.simulation.now)
    const { steps } = await pending
    if (steps.every(({ action }) => action === 'nothing')) return
  }
  throw new Error('redrives find ever more to do')
}

async function nothingFailed(world: World): Promise<boolean> {
  const open = await Promise.all(DATASETS.map((dataset) => world.ledger.batches.open(dataset)))
  return world.failedBatches.length === 0 && open.flat().length === 0
}

const DAY = 24 * 60 * MINUTE

/**
 * Days pass in which nothing happens: the ledger loses rows to their time to live, each sooner or later. Then the sweep looks at everything again, and
 * a last file lands in each dataset.
 */
export async function letDaysPass(world: World, days: number): Promise<void> {
  const { simulation } = world
  world.isAtRest = true
  // In two steps: a function that began before has ended long since.
  await simulation.run(simulation.now + 20 * MINUTE)
  simulation.now += days * DAY
  world.rowsExpire = true
  world.ledger.expire(() => simulation.chance(0.7))
  await untilQuiet(world, simulation.now)
  world.isAtRest = false
  for (const [dataset] of DATASETS.entries()) world.raw.put(keyOf({ dataset, key: 0 }), 'content 0, days later')
  await untilQuiet(world, simulation.now)
}
