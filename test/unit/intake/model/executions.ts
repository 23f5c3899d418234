import { manualBatchId } from '../../../../functions/domain/batch/batch.ts'
import type { BatchPlan } from '../../../../functions/domain/batch/plan.ts'
import { canonicalSequencer } from '../../../../functions/domain/landing/landing.ts'
import { executionArn } from '../../../../functions/domain/names.ts'
import type { Executions, ExecutionView } from '../../../../functions/ports/executions.ts'
import type { Leases } from '../../../../functions/ports/leases.ts'
import type { RawFile } from './job.ts'
import type { Row } from './lake.ts'
import type { Simulation } from './simulation.ts'

type Ended = 'SUCCEEDED' | 'FAILED' | 'ABORTED' | 'TIMED_OUT'

export interface Execution extends ExecutionView {
  dataset: string
  batchId: string
  plan: BatchPlan | undefined
  startedAtMs: number
  /** Content of each object that the job read, by key. */
  read: Map<string, string>
  /** Good rows that its job has staged. */
  rows: Row[]
  /** Partitions of the plan that the catalog did not have. */
  unknownPartitions: string[]
  /** When its lease runs out; undefined while it has none. */
  leaseUntil: string | undefined
  publishing: boolean
  /** Another one from each start, redrive or end: what belongs to an earlier one changes nothing. */
  epoch: number
}

export interface ExecutionHooks {
  leases: Leases
  leaseSeconds: () => number
  planAt: (planUri: string) => BatchPlan | undefined
  /** As Prepare Batch does for a manual run. */
  writePlan: (dataset: string, batchId: string, source: BatchPlan['source']) => Promise<BatchPlan>
  /** Stages what the job has made of these files, and the manifest; the rows, or undefined where the job refuses. */
  curate: (plan: BatchPlan, files: RawFile[]) => Row[] | undefined
  publish: (execution: Execution, cursor: number) => Promise<{ done: boolean; cursor: number }>
  objectsOf: (dataset: string) => [key: string, object: { content: string; version?: number }][]
  objectAt: (key: string) => { content: string; sequencer: string; version?: number } | undefined
  knowsPartition: (dataset: string, folder: string) => boolean
  queueFailure: (execution: Execution) => void
  /** States `Report Recovery` and `Raise Failure Alert`. */
  tell: (execution: Execution, status: 'SUCCEEDED' | 'FAILED') => Promise<void>
  onEnd: (execution: Execution) => void
  outcome: () => Ended
  /** How often Step Functions asks for a function again although its first invocation still runs. */
  impatience: () => number
}

/** Errors of Publish Batch that the machine does not retry. */
const FINAL = new Set(['StaleBatchError', 'LeaseUnavailableError', 'ManifestError'])
const MOST_ATTEMPTS = 8
const MOST_ATTEMPTS_TO_TELL = 6
const FUNCTION_TIMEOUT = 840_000
/** Of the function that raises alerts. */
export const TELL_TIMEOUT = 30_000

/** The machine `ingest` as intake meets it: it waits for the lease, reads what its plan says, and ends in one of four ways. */
export class SimulatedExecutions {
  readonly all = new Map<string, Execution>()
  /** Two automatic batches in flight, or two executions with the lease, of one dataset. */
  readonly violations: string[] = []
  readonly #simulation: Simulation
  readonly #hooks: ExecutionHooks

  constructor(simulation: Simulation, hooks: ExecutionHooks) {
    this.#simulation = simulation
    this.#hooks = hooks
  }

  get running(): Execution[] {
    return [...this.all.values()].filter(({ status }) => status === 'RUNNING')
  }

  readonly port: Executions = {
    start: async (machine, name, input) => {
      const arn = executionArn(machine, name)
      if (!this.all.has(arn)) this.#start(arn, name, JSON.stringify(input))
      return arn
    },
    describe: async (arn) => {
      const found = this.all.get(arn)
      return found && { ...found }
    },
    redrive: async (arn) => {
      const execution = this.all.get(arn)
      if (execution?.redrivable !== true) throw new Error('ExecutionNotRedrivable')
      execution.redrives += 1
      if (!execution.publishing) return this.#run(execution)
      // A machine that was cut off goes on with the state that was cut off, lease or not.
      this.#begin(execution)
      this.#publish(execution, 0, 0, 'SUCCEEDED')
    },
    resumable: async (arn) => {
      const failed = this.all.get(arn)?.status === 'FAILED'
      return failed ? { resumable: false, because: 'it ended in a Fail state' } : { resumable: true, because: 'it was cut off' }
    },
  }

  #start(arn: string, name: string, input: string): void {
    const given = JSON.parse(input) as { dataset: string; batchId?: string; planUri?: string; source?: BatchPlan['source'] }
    const { dataset } = given
    const startedAt = new Date(this.#simulation.now).toISOString()
    const batchId = given.batchId ?? manualBatchId(dataset, { id: arn, name, startTime: startedAt })
    const isAutomatic = name === batchId
    // A redriven batch may run beside the next one; the lease keeps them from publishing at a time.
    const isFirstRun = (other: Execution) => other.name === other.batchId && other.redrives === 0
    if (isAutomatic && this.running.some((other) => other.dataset === dataset && isFirstRun(other))) {
      this.violations.push(`a second automatic batch of ${dataset}: ${name}`)
    }
    const execution: Execution = {
      arn,
      name,
      input,
      dataset,
      batchId,
      plan: given.planUri === undefined ? undefined : this.#hooks.planAt(given.planUri),
      status: 'RUNNING',
      startedAt,
      startedAtMs: this.#simulation.now,
      redrives: 0,
      redrivable: false,
      read: new Map(),
      rows: [],
      unknownPartitions: [],
      leaseUntil: undefined,
      publishing: false,
      epoch: 0,
    }
    if (given.planUri !== undefined && execution.plan === undefined) this.violations.push(`${name} has no plan`)
    this.all.set(arn, execution)
    if (given.planUri !== undefined) return this.#run(execution)
    void this.#hooks.writePlan(dataset, batchId, given.source ?? 'raw').then((plan) => {
      execution.plan = plan
      this.#run(execution)
    })
  }

  #begin(execution: Execution): void {
    execution.epoch += 1
    Object.assign(execution, { status: 'RUNNING', redrivable: false })
  }

  #run(execution: Execution): void {
    this.#begin(execution)
    execution.publishing = false
    this.#takeLease(execution)
  }

  #takeLease(execution: Execution): void {
    const { leases } = this.#hooks
    leases.acquire(execution.dataset, execution.arn, this.#hooks.leaseSeconds()).then(async ({ acquired, owner, expiresAt }) => {
      if (!acquired) {
        // As Acquire Lease does: an owner that no longer runs is put out. The sweep's own lease ends by itself.
        if (owner !== 'sweep' && this.all.get(owner)?.status !== 'RUNNING') await leases.release(execution.dataset, owner)
        return this.#simulation.after(30_000, () => this.#takeLease(execution))
      }
      const isHeld = (other: Execution) => (other.leaseUntil ?? '') > new Date(this.#simulation.now).toISOString()
      if (this.running.some((other) => other !== execution && other.dataset === execution.dataset && isHeld(other))) {
        this.violations.push(`two owners of the lease of ${execution.dataset}`)
      }
      execution.leaseUntil = expiresAt
      this.#simulation.after(this.#simulation.between(1_000, 60_000), () => this.#read(execution))
    })
  }

  #read(execution: Execution): void {
    const { plan } = execution
    const files = plan === undefined ? [] : this.#filesOf(execution, plan)
    execution.read = new Map(files.map(({ key, content }) => [key, content]))
    const rows = plan && this.#hooks.curate(plan, files)
    execution.rows = rows ?? []
    const { epoch } = execution
    this.#simulation.after(this.#simulation.between(5_000, 300_000), () => {
      if (rows === undefined) return this.#finish(execution, epoch, 'FAILED')
      const outcome = this.#hooks.outcome()
      if (outcome === 'FAILED' && this.#simulation.chance(0.5)) return this.#finish(execution, epoch, 'FAILED')
      // Stopped while it publishes, which does not stop the function.
      if (outcome === 'ABORTED' || outcome === 'TIMED_OUT')
        this.#simulation.after(this.#simulation.between(0, 3_000), () => this.#end(execution, epoch, outcome))
      this.#publish(execution, 0, 0, outcome)
    })
  }

  #filesOf(execution: Execution, plan: BatchPlan): RawFile[] {
    const { dataset } = execution
    const knows = (folder: string) => this.#hooks.knowsPartition(dataset, folder)
    const listed = plan.source === 'raw' ? this.#hooks.objectsOf(dataset).filter(([key]) => knows(key.split('/').at(-2) ?? '')) : []
    const files = listed.map(([key, { content, version = 0 }]) => ({ key, content, version }))
    for (const { key, partition, sequencer } of plan.objects) {
      const folder = Object.entries(partition).map(([name, value]) => `${name}=${value}`)[0]
      const object = this.#hooks.objectAt(key)
      if (object === undefined) continue
      // Gone before the crawl, and landed again after it, both unheard of: the job refuses, and a redrive leaves the object out.
      const isClaimed = sequencer === canonicalSequencer(object.sequencer) || sequencer.endsWith('!')
      if (isClaimed && folder && !knows(folder)) execution.unknownPartitions.push(folder)
      files.push({ key, content: object.content, version: object.version ?? 0 })
    }
    return files
  }

  /** State Publish Batch with its retries. */
  #publish(execution: Execution, cursor: number, attempt: number, outcome: Ended): void {
    execution.publishing = true
    const { epoch } = execution
    let answered = false
    const once = (act: () => void) => {
      if (answered || execution.epoch !== epoch) return
      answered = true
      act()
    }
    const again = () => {
      if (attempt >= MOST_ATTEMPTS) return this.#finish(execution, epoch, 'FAILED')
      this.#simulation.after(Math.min(2_000 * 2 ** attempt, 60_000), () => {
        if (execution.epoch === epoch) this.#publish(execution, cursor, attempt + 1, outcome)
      })
    }
    this.#hooks.publish(execution, cursor).then(
      (state) =>
        once(() => {
          if (!state.done) return this.#publish(execution, state.cursor, 0, outcome)
          this.#finish(execution, epoch, outcome === 'FAILED' ? 'FAILED' : 'SUCCEEDED')
        }),
      (error: Error) => once(() => (FINAL.has(error.name) ? this.#finish(execution, epoch, 'FAILED') : again())),
    )
    const patience = this.#simulation.chance(this.#hooks.impatience()) ? this.#simulation.between(50, 2_000) : FUNCTION_TIMEOUT
    this.#simulation.after(patience, () => once(again))
  }

  /** What the machine does on its own way out. One that is aborted or runs out of time does none of it: lease, queue and alert are left to others. */
  #finish(execution: Execution, epoch: number, status: 'SUCCEEDED' | 'FAILED'): void {
    if (execution.epoch !== epoch || execution.status !== 'RUNNING') return
    execution.leaseUntil = undefined
    void this.#hooks.leases.release(execution.dataset, execution.arn)
    if (status === 'FAILED') this.#hooks.queueFailure(execution)
    this.#tell(execution, epoch, status, 0)
  }

  #tell(execution: Execution, epoch: number, status: 'SUCCEEDED' | 'FAILED', attempt: number): void {
    let answered = false
    const once = (act: () => void) => () => {
      if (answered || execution.epoch !== epoch) return
      answered = true
      act()
    }
    const end = once(() => this.#end(execution, epoch, status))
    const again = once(() => {
      if (attempt >= MOST_ATTEMPTS_TO_TELL) return this.#end(execution, epoch, status)
      this.#simulation.after(Math.min(2_000 * 2 ** attempt, 60_000), () => {
        if (execution.epoch === epoch) this.#tell(execution, epoch, status, attempt + 1)
      })
    })
    this.#hooks.tell(execution, status).then(end, again)
    // A function that was killed is an error that the machine does not retry.
    this.#simulation.after(TELL_TIMEOUT + 1_000, end)
  }

  #end(execution: Execution, epoch: number, status: Ended): void {
    if (execution.epoch !== epoch || execution.status !== 'RUNNING') return
    execution.epoch += 1
    Object.assign(execution, {
      status,
      stoppedAt: new Date(this.#simulation.now).toISOString(),
      redrivable: status !== 'SUCCEEDED',
      leaseUntil: undefined,
      publishing: execution.publishing && status !== 'FAILED',
    })
    this.#hooks.onEnd({ ...execution })
  }
}
