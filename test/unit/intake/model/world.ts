import { inMemoryLedger } from '../../../../functions/adapters/ledger/in-memory/ledger.ts'
import { type ExecutionEnd, parseExecutionEnd } from '../../../../functions/domain/batch/execution-end.ts'
import type { FailedBatch } from '../../../../functions/domain/batch/failed-batch.ts'
import type { BatchPlan } from '../../../../functions/domain/batch/plan.ts'
import type { PublishedEvent } from '../../../../functions/domain/batch/publish/published-event.ts'
import { type Contract, contractSchema } from '../../../../functions/domain/contract/contract.ts'
import { ThrottledError } from '../../../../functions/domain/errors.ts'
import { parseCrawlerEvent, parseCrawlTimer } from '../../../../functions/domain/landing/crawl-messages.ts'
import { planKey, tableNames } from '../../../../functions/domain/names.ts'
import type { AlertMessage } from '../../../../functions/ports/alerts.ts'
import { raiseAlert } from '../../../../functions/use-cases/alerts/raise-alert.ts'
import { publishBatch } from '../../../../functions/use-cases/batch/publish/publish-batch.ts'
import { closeBatch } from '../../../../functions/use-cases/intake/close-batch.ts'
import type { Intake } from '../../../../functions/use-cases/intake/intake.ts'
import { intakeAlerts } from '../../../../functions/use-cases/intake/intake-alerts.ts'
import { recordLandings } from '../../../../functions/use-cases/intake/record-landings.ts'
import { startBatch } from '../../../../functions/use-cases/intake/start-batch.ts'
import { startCrawl } from '../../../../functions/use-cases/intake/start-crawl.ts'
import { sweep } from '../../../../functions/use-cases/intake/sweep.ts'
import { unreadLandings } from '../../../../functions/use-cases/intake/unread-landings.ts'
import { noIceberg } from '../../batch/fixtures.ts'
import { type Execution, SimulatedExecutions, TELL_TIMEOUT } from './executions.ts'
import { type FaultRates, faulty, type Invocation, type ModelWorld } from './faults.ts'
import { SimulatedGlue } from './glue.ts'
import { compact, curate } from './job.ts'
import { SimulatedLake } from './lake.ts'
import { SimulatedQueue } from './queue.ts'
import { SimulatedRawBucket } from './raw-bucket.ts'
import type { Simulation } from './simulation.ts'

/** What goes wrong in one schedule; probabilities. */
export interface Weather extends FaultRates {
  lostEvents: number
  duplicateEvents: number
  slowEvents: number
  duplicateDeliveries: number
  failingCrawls: number
  hangingCrawls: number
  badBatches: number
  /** A function is asked again while its first invocation still runs. */
  impatience: number
  /** A lease runs out under its owner. */
  shortLeases: number
  /** SNS refuses a message. */
  refusedAlerts: number
}

export const FAIR_WEATHER: Weather = {
  crashBefore: 0,
  crashAfter: 0,
  throttle: 0,
  lostAnswer: 0,
  stall: 0,
  lostEvents: 0,
  duplicateEvents: 0,
  slowEvents: 0,
  duplicateDeliveries: 0,
  failingCrawls: 0,
  hangingCrawls: 0,
  badBatches: 0,
  impatience: 0,
  shortLeases: 0,
  refusedAlerts: 0,
}

export const DATASETS = ['orders', 'events'] as const
export const MACHINE = 'arn:aws:states:us-east-1:123456789012:stateMachine:sluice-test-ingest'

/** `orders` is crawled; `events` skips its crawl when the catalog has every partition, or in every other schedule has none. */
const contractsWith = (crawlOfEvents: 'never' | 'new-partitions'): Contract[] =>
  DATASETS.map((dataset) => ({
    ...contractSchema.parse({
      dataset,
      owner: 'somebody@example.com',
      source: { format: 'csv', partition_keys: ['day'] },
      columns: { id: 'string' },
      primary_key: ['id'],
      crawl: dataset === 'orders' ? 'always' : crawlOfEvents,
    }),
    version: '000000000001',
  }))
const CONTRACTS = [contractsWith('never'), contractsWith('new-partitions')] as const

/** As Prepare Batch gives it: longer than any execution. */
const LEASE_SECONDS = 345_600
const FUNCTION_TIMEOUT = 840_000
/** Shorter than the visibility of a message: when it comes again, the function that had it is no more. */
const QUEUE_TIMEOUT = 300_000
const SWEEP_TIMEOUT = 600_000
/** Few, so that a small table takes several steps. */
const COPIES_A_STEP = 2

/** All of intake over simulated services: what happens comes from `Simulation`, what goes wrong from `weather`. */
export class World {
  weather: Weather
  readonly glue: SimulatedGlue
  readonly executions: SimulatedExecutions
  readonly raw: SimulatedRawBucket
  readonly ledger: ReturnType<typeof inMemoryLedger>
  readonly failedBatches: FailedBatch[] = []
  readonly events: PublishedEvent[] = []
  readonly queues: Record<'landings' | 'crawls' | 'crawlerEvents' | 'executionEvents', SimulatedQueue>
  readonly intake: ModelWorld
  /** What people have been told, in order. */
  readonly told: AlertMessage[] = []
  readonly lake: SimulatedLake
  #jobRuns = 0
  readonly #badWeather: Weather
  /** The world without faults or latency. */
  readonly #calm: ModelWorld
  /** Calls take no time, once nothing moves any more: what only looks around needs no races. */
  isAtRest = false
  /** Once days have passed, rows of what is done may be gone. */
  rowsExpire = false
  readonly simulation: Simulation

  constructor(simulation: Simulation, weather: Weather, settleSeconds: number) {
    this.simulation = simulation
    this.lake = new SimulatedLake(simulation)
    this.weather = weather
    this.#badWeather = weather
    this.ledger = inMemoryLedger(simulation.clock)
    const queue = (batchSize: number, handle: (messages: { id: string; body: string }[], intake: Intake) => Promise<Set<string>>) =>
      new SimulatedQueue(simulation, (messages) => this.invoke((intake) => handle(messages, intake), QUEUE_TIMEOUT), {
        batchSize,
        visibilitySeconds: 360,
        duplicates: () => this.weather.duplicateDeliveries,
      })
    this.queues = {
      landings: queue(50, async (messages, intake) => new Set((await recordLandings(messages, intake)).keys())),
      crawls: queue(
        1,
        eachMessage((body, intake) => startCrawl(parseCrawlTimer(body), intake)),
      ),
      crawlerEvents: queue(
        1,
        eachMessage((body, intake) => startBatch(parseCrawlerEvent(body), intake)),
      ),
      executionEvents: queue(
        1,
        eachMessage((body, intake) => closeBatch(parseExecutionEnd(body) as ExecutionEnd, intake)),
      ),
    }
    this.raw = new SimulatedRawBucket(simulation, (body) => this.deliver(this.queues.landings, body))
    this.glue = new SimulatedGlue(simulation, {
      partitionsOf: (dataset) => this.raw.foldersOf(dataset),
      onEnd: (dataset, state) =>
        this.deliver(this.queues.crawlerEvents, JSON.stringify({ detail: { crawlerName: `sluice-test_${dataset}-raw`, state } })),
      failing: () => this.weather.failingCrawls,
      hanging: () => this.weather.hangingCrawls,
    })
    this.executions = new SimulatedExecutions(simulation, {
      leases: this.ledger.leases,
      planAt: (uri) => this.plan(uri.replace('s3://lake/', '')),
      leaseSeconds: () => (simulation.chance(this.weather.shortLeases) ? 90 : LEASE_SECONDS),
      writePlan: async (dataset, batchId, source) => {
        const unread = source === 'raw' ? await unreadLandings(dataset, () => true, this.intake) : undefined
        const createdAt = new Date(simulation.now).toISOString()
        const plan: BatchPlan = { dataset, batchId, source, predicates: [], objects: [], ...(unread && { unread }), createdAt }
        this.lake.objects.set(planKey(dataset, batchId), JSON.stringify(plan))
        return plan
      },
      curate: (plan, files) => {
        this.#jobRuns += 1
        return plan.source === 'curated' ? compact(plan, this.#jobRuns, this.lake) : curate(plan, files, this.#jobRuns, this.lake)
      },
      publish: (execution, cursor) => this.#publish(execution, cursor),
      impatience: () => this.weather.impatience,
      objectsOf: (dataset) => [...this.raw.objects].filter(([key]) => key.startsWith(`raw/${dataset}/`)),
      objectAt: (key) => this.raw.objects.get(key),
      knowsPartition: (dataset, folder) => this.glue.catalog.get(dataset)?.has(folder) === true,
      queueFailure: ({ dataset, batchId, arn, input }) => {
        this.failedBatches.push({ dataset, batchId, executionArn: arn, input: JSON.parse(input) })
      },
      tell: (execution, status) => this.#tell(execution, status),
      onEnd: ({ arn, status, input, startedAtMs, redrives }) => {
        const detail = { executionArn: arn, status, startDate: startedAtMs, stopDate: simulation.now, input, redriveCount: redrives }
        this.deliver(this.queues.executionEvents, JSON.stringify({ detail }))
      },
      outcome: () =>
        simulation.chance(this.weather.badBatches)
          ? ((['FAILED', 'ABORTED', 'TIMED_OUT'] as const)[simulation.between(0, 2)] ?? 'FAILED')
          : 'SUCCEEDED',
    })
    this.intake = this.#wire(settleSeconds)
    this.#calm = { ...this.intake, alerts: intakeAlerts(this.intake) }
  }

  /** Sends an event the way EventBridge does: late, again, or not at all. */
  deliver(queue: SimulatedQueue, body: string): void {
    if (this.simulation.chance(this.weather.lostEvents)) return
    const delay = () =>
      this.simulation.chance(this.weather.slowEvents) ? this.simulation.between(60_000, 1_500_000) : this.simulation.between(200, 4_000)
    queue.send(body, delay())
    if (this.simulation.chance(this.weather.duplicateEvents)) queue.send(body, delay())
  }

  /** Runs a function; the answer never comes when it dies, or is killed at its timeout. */
  invoke<T>(handle: (intake: ModelWorld) => Promise<T>, timeout?: number): Promise<T> {
    const invocation: Invocation = { dead: false, die: () => (invocation.dead = true) }
    const callOff = timeout === undefined ? () => {} : this.simulation.after(timeout, invocation.die)
    return new Promise((resolve, reject) => {
      const world = this.isAtRest ? this.#calm : faulty(this.intake, invocation, () => this.weather, this.simulation)
      handle(world).then(resolve, reject).finally(callOff)
    })
  }

  sweep(): Promise<unknown> {
    return this.invoke((intake) => sweep(intake, new Date(this.simulation.now + SWEEP_TIMEOUT)), SWEEP_TIMEOUT)
  }

  #publish({ dataset, batchId, arn, name, startedAt }: Execution, cursor: number): Promise<{ done: boolean; cursor: number }> {
    const batch = {
      dataset,
      batchId,
      tables: tableNames(dataset),
      crawl: 'always' as const,
      leaseSeconds: LEASE_SECONDS,
      execution: { id: arn, name, startTime: startedAt },
    }
    const proof = { missing: async () => [] }
    const hasTime = () => this.simulation.chance(0.7)
    const newToken = () => this.simulation.between(0x10000000, 0x7fffffff).toString(16)
    return this.invoke(
      ({ lake, leases }) =>
        publishBatch({ batch, cursor }, { lake, leases, proof, ...noIceberg, hasTime, newToken, copiesAStep: COPIES_A_STEP }),
      FUNCTION_TIMEOUT,
    )
  }

  #tell({ dataset, batchId, arn, name, startedAt, plan }: Execution, status: 'SUCCEEDED' | 'FAILED'): Promise<void> {
    const batch = { dataset, batchId, execution: { id: arn, name, startTime: startedAt }, ...(plan && { source: plan.source }) }
    const input =
      status === 'SUCCEEDED'
        ? { kind: 'recovered', batch, observed: { rate: 0, limit: 0.01 } }
        : { kind: 'failed', batch, observed: {}, error: { Error: 'SimulatedError', Cause: 'simulated' } }
    return this.invoke(async (world) => void (await raiseAlert(input, { ...pick(world), target: TARGET })), TELL_TIMEOUT)
  }

  plan(key: string): BatchPlan | undefined {
    const text = this.lake.objects.get(key)
    return text === undefined ? undefined : (JSON.parse(text) as BatchPlan)
  }

  /** Whether every function that tells something lives until the ledger knows that it did. */
  get tellsOnce(): boolean {
    // One that stalls is killed at its timeout; one that the ledger refuses does not get to note what it sent.
    const { crashBefore, crashAfter, throttle, lostAnswer, stall } = this.#badWeather
    return crashBefore + crashAfter + throttle + lostAnswer + stall === 0
  }

  get messagesInFlight(): number {
    return Object.values(this.queues).reduce((sum, { inFlight }) => sum + inFlight, 0)
  }

  get deadLetters(): number {
    return Object.values(this.queues).reduce((sum, { deadLetters }) => sum + deadLetters, 0)
  }

  #wire(settleSeconds: number): ModelWorld {
    const failed = this.failedBatches
    const contracts = CONTRACTS[this.simulation.seed % 2 === 0 ? 0 : 1]
    return {
      ...this.ledger,
      contracts: { all: async () => contracts, find: async (name) => contracts.find(({ dataset }) => dataset === name) },
      publishedEvents: { send: async (event) => void this.events.push(event) },
      crawlers: this.glue.crawlers,
      jobRuns: { live: async () => [], stop: async () => {} },
      catalog: this.glue.partitions,
      proof: this.glue.proof,
      tables: noIceberg.tables,
      registry: this.glue.registry,
      executions: this.executions.port,
      // No dataset of the model has a stream.
      streamMappings: { find: async () => undefined },
      timer: { schedule: async (message, delay) => this.queues.crawls.send(JSON.stringify(message), Math.min(delay, 900) * 1000) },
      failedBatches: {
        send: async (failure) => void failed.push(failure),
        async *receive() {
          yield failed.map((failure, index) => ({ receipt: `${index} ${failure.executionArn}`, body: JSON.stringify(failure) }))
        },
        remove: async (receipt) => {
          const gone = failed.findIndex(({ executionArn }) => receipt.endsWith(` ${executionArn}`))
          if (gone >= 0) failed.splice(gone, 1)
        },
        release: async () => {},
      },
      raw: this.raw.store,
      lake: this.lake.store,
      counters: { count: () => {} },
      log: { warn: () => {} },
      metrics: { put: async () => {} },
      topic: {
        publish: async (message) => {
          if (this.simulation.chance(this.weather.refusedAlerts)) throw new ThrottledError('simulated')
          this.told.push(message)
        },
      },
      // Each function makes its own, of its own ports.
      alerts: intakeAlerts({ alertStates: this.ledger.alertStates, topic: { publish: async () => {} }, clock: this.simulation.clock }),
      clock: this.simulation.clock,
      settings: {
        prefix: 'sluice-test',
        rawBucket: 'raw-bucket',
        lakeBucket: 'lake',
        database: 'sluice_test',
        ingestStateMachineArn: MACHINE,
        settleSeconds,
        // Longer than any crawl that ends by itself; less than on AWS, so that a schedule does not consist of waiting.
        crawlDeadlineSeconds: 360,
        sweepGraceSeconds: 900,
        sweepLookbackDays: 30,
      },
    }
  }
}

const TARGET = { stage: 'dev' }
/** The ports of `raise-alert`; those of a function are getters, which a spread would leave out. */
const pick = ({ alertStates, topic, clock, lake, batches, landings, settings }: ModelWorld) => ({
  ...{ alertStates, topic, clock, lake, batches, landings, settings },
})

function eachMessage(handle: (body: string, intake: Intake) => Promise<void>) {
  return async (messages: { id: string; body: string }[], intake: Intake) => {
    const failures = new Set<string>()
    for (const { id, body } of messages) await handle(body, intake).catch(() => failures.add(id))
    return failures
  }
}
