import { manualBatchId } from '../../../../functions/domain/batch/batch.ts'
import type { BatchPlan } from '../../../../functions/domain/batch/plan.ts'
import { canonicalSequencer } from '../../../../functions/domain/landing/landing.ts'
import { executionArn } from '../../../../functions/domain/names.ts'
import type { Executions, ExecutionView, Leases } from '../../../../functions/ports.ts'
import type { Simulation } from './simulation.ts'

type Ended = 'SUCCEEDED' | 'FAILED' | 'ABORTED' | 'TIMED_OUT'

export interface Execution extends ExecutionView {
  dataset: string
  batchId: string
  plan: BatchPlan | undefined
  startedAtMs: number
  /** Content of each object that the job read, by key. */
  read: Map<string, string>
  /** Partitions of the plan that the catalog did not have. */
  unknownPartitions: string[]
  holdsLease: boolean
}

export interface ExecutionHooks {
  leases: Leases
  planAt: (planUri: string) => BatchPlan | undefined
  /** As Prepare Batch does for a manual run. */
  writePlan: (dataset: string, batchId: string) => Promise<BatchPlan>
  /** As the job does for a manual run, which lists raw itself. */
  writeManifest: (plan: BatchPlan, keys: Iterable<string>) => void
  objectsOf: (dataset: string) => [key: string, object: { content: string }][]
  objectAt: (key: string) => { content: string; sequencer: string } | undefined
  knowsPartition: (dataset: string, folder: string) => boolean
  queueFailure: (execution: Execution) => void
  onEnd: (execution: Execution) => void
  outcome: () => Ended
}

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
      if (!this.all.has(arn)) this.#begin(arn, name, JSON.stringify(input))
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
      this.#run(execution)
    },
    resumable: async (arn) => {
      const failed = this.all.get(arn)?.status === 'FAILED'
      return failed ? { resumable: false, because: 'it ended in a Fail state' } : { resumable: true, because: 'it was cut off' }
    },
  }

  #begin(arn: string, name: string, input: string): void {
    const given = JSON.parse(input) as { dataset: string; batchId?: string; planUri?: string }
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
      unknownPartitions: [],
      holdsLease: false,
    }
    if (given.planUri !== undefined && execution.plan === undefined) this.violations.push(`${name} has no plan`)
    this.all.set(arn, execution)
    if (given.planUri !== undefined) return this.#run(execution)
    void this.#hooks.writePlan(dataset, batchId).then((plan) => {
      execution.plan = plan
      this.#run(execution)
    })
  }

  #run(execution: Execution): void {
    Object.assign(execution, { status: 'RUNNING', redrivable: false })
    this.#takeLease(execution)
  }

  #takeLease(execution: Execution): void {
    this.#hooks.leases.acquire(execution.dataset, execution.arn, 4 * 3600).then(async ({ acquired, owner }) => {
      if (!acquired) {
        // As Acquire Lease does: an owner that no longer runs is put out.
        if (this.all.get(owner)?.status !== 'RUNNING') await this.#hooks.leases.release(execution.dataset, owner)
        return this.#simulation.after(30_000, () => this.#takeLease(execution))
      }
      if (this.running.some((other) => other !== execution && other.dataset === execution.dataset && other.holdsLease)) {
        this.violations.push(`two owners of the lease of ${execution.dataset}`)
      }
      execution.holdsLease = true
      this.#simulation.after(this.#simulation.between(1_000, 60_000), () => this.#read(execution))
    })
  }

  #read(execution: Execution): void {
    execution.read = new Map()
    if (execution.plan?.source === 'raw') this.#readAll(execution, execution.plan)
    for (const { key, partition, sequencer } of execution.plan?.objects ?? []) {
      const folder = Object.entries(partition).map(([name, value]) => `${name}=${value}`)[0]
      const object = this.#hooks.objectAt(key)
      if (object === undefined) continue
      // Gone before the crawl, and landed again after it, both unheard of: the job refuses, and a redrive leaves the object out.
      const isClaimed = sequencer === canonicalSequencer(object.sequencer) || sequencer.endsWith('!')
      if (isClaimed && folder && !this.#hooks.knowsPartition(execution.dataset, folder)) execution.unknownPartitions.push(folder)
      execution.read.set(key, object.content)
    }
    this.#simulation.after(this.#simulation.between(5_000, 300_000), () => this.#end(execution, this.#hooks.outcome()))
  }

  /** Everything in partitions that the catalog has. */
  #readAll(execution: Execution, plan: BatchPlan): void {
    for (const [key, { content }] of this.#hooks.objectsOf(execution.dataset)) {
      if (this.#hooks.knowsPartition(execution.dataset, key.split('/').at(-2) ?? '')) execution.read.set(key, content)
    }
    this.#hooks.writeManifest(plan, execution.read.keys())
  }

  #end(execution: Execution, status: Ended): void {
    Object.assign(execution, {
      status,
      stoppedAt: new Date(this.#simulation.now).toISOString(),
      redrivable: status !== 'SUCCEEDED',
      holdsLease: false,
    })
    // An aborted or timed-out machine runs no state of its own: the lease and the queue are left to others.
    if (status === 'SUCCEEDED' || status === 'FAILED') void this.#hooks.leases.release(execution.dataset, execution.arn)
    if (status === 'FAILED') this.#hooks.queueFailure(execution)
    this.#hooks.onEnd({ ...execution })
  }
}
