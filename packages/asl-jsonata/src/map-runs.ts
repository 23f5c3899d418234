import { randomUUID } from 'node:crypto'
import type { ChildOutcome, MapRun, MapRunPlan } from './engine.ts'
import type { Progress } from './progress.ts'
import type { Counts, ExecutionRecord, MapRunRecord, World } from './records.ts'
import type { Json, States } from './types.ts'

interface Runnable {
  run(): Promise<ExecutionRecord>
  stop(error?: string, cause?: string): void
}
type Start = (record: ExecutionRecord, definition: States, world: World) => Runnable

/** Starts the Map Runs of one execution, and their children as executions of their own; a redrive takes both up again. */
export class MapRuns {
  constructor(
    private readonly parent: ExecutionRecord,
    private readonly world: World,
    private readonly startExecution: Start,
  ) {}

  start(plan: MapRunPlan, progress: Progress): MapRun {
    const { world } = this
    const earlier = progress.mapRunArn === undefined ? undefined : world.findMapRun?.(progress.mapRunArn)
    const record = earlier ? this.#redriven(earlier) : this.#begun(plan)
    progress.mapRunArn = record.mapRunArn
    world.onMapRun?.(record)
    const definition = JSON.stringify(plan.processor)
    const move = (from: keyof Counts, to: keyof Counts, items: number) => {
      record.executionCounts[from] -= 1
      record.executionCounts[to] += 1
      record.itemCounts[from] -= items
      record.itemCounts[to] += items
    }
    return {
      arn: record.mapRunArn,
      redriveCount: record.redriveCount,
      expect: (children, items) => {
        record.executionCounts = { ...noCounts(), pending: children, total: children }
        record.itemCounts = { ...noCounts(), pending: items, total: items }
      },
      runChild: async (input, items, progress, signal) => {
        const child = this.#child(record, plan, { input, items, progress, definition })
        move('pending', 'running', items)
        if (!progress.done) await this.#run(child, plan, signal)
        const outcome = outcomeOf(child)
        move('running', COUNTED[outcome.status], items)
        return outcome
      },
      finish: (status, resultsWritten) => {
        record.status = status
        record.stopDate = world.clock.now()
        record.executionCounts.resultsWritten = resultsWritten
        record.itemCounts.resultsWritten = resultsWritten === 0 ? 0 : record.itemCounts.succeeded
        for (const each of [record.executionCounts, record.itemCounts]) {
          if (status !== 'SUCCEEDED') [each.aborted, each.pending] = [each.aborted + each.pending, 0]
        }
      },
    }
  }

  #begun(plan: MapRunPlan): MapRunRecord {
    const { parent, world } = this
    return {
      mapRunArn: parent.executionArn.replace(/:execution:([^:]+):.*$/, `:mapRun:$1/${plan.label}:${randomUUID()}`),
      executionArn: parent.executionArn,
      stateMachineArn: `${parent.stateMachineArn}/${plan.label}`,
      status: 'RUNNING',
      startDate: world.clock.now(),
      maxConcurrency: plan.maxConcurrency,
      toleratedFailureCount: plan.toleratedFailureCount,
      toleratedFailurePercentage: plan.toleratedFailurePercentage,
      executionCounts: noCounts(),
      itemCounts: noCounts(),
      redriveCount: 0,
    }
  }

  #redriven(record: MapRunRecord): MapRunRecord {
    delete record.stopDate
    return Object.assign(record, { status: 'RUNNING', redriveCount: record.redriveCount + 1, redriveDate: this.world.clock.now() })
  }

  /** The execution of one child: the one that an earlier run made, or a new one. */
  #child(
    run: MapRunRecord,
    plan: MapRunPlan,
    { input, items, progress, definition }: { input: Json; items: number; progress: Progress; definition: string },
  ): ExecutionRecord {
    const { parent, world } = this
    const earlier = progress.executionArn === undefined ? undefined : world.findExecution?.(progress.executionArn)
    if (earlier) {
      if (progress.done) return earlier
      for (const field of ['stopDate', 'error', 'cause'] as const) delete earlier[field]
      return Object.assign(earlier, { status: 'RUNNING', redriveCount: earlier.redriveCount + 1, redriveDate: world.clock.now() })
    }
    const name = randomUUID()
    const record: ExecutionRecord = {
      executionArn: parent.executionArn.replace(/:[^:]+:[^:]+$/, `:${parent.stateMachineName}/${plan.label}:${name}`),
      stateMachineArn: run.stateMachineArn,
      stateMachineName: `${parent.stateMachineName}/${plan.label}`,
      name,
      roleArn: parent.roleArn,
      status: 'RUNNING',
      input,
      startDate: world.clock.now(),
      redriveCount: 0,
      mapRunArn: run.mapRunArn,
      itemCount: items,
      definition,
      history: [],
      progress,
    }
    progress.executionArn = record.executionArn
    world.onChild?.(record)
    return record
  }

  async #run(child: ExecutionRecord, plan: MapRunPlan, signal: AbortSignal): Promise<void> {
    const execution = this.startExecution(child, plan.processor, this.world)
    const stop = () => execution.stop()
    signal.addEventListener('abort', stop, { once: true })
    if (signal.aborted) stop()
    try {
      await execution.run()
    } finally {
      signal.removeEventListener('abort', stop)
    }
  }
}

const COUNTED = { SUCCEEDED: 'succeeded', FAILED: 'failed', TIMED_OUT: 'timedOut', ABORTED: 'aborted' } as const

const noCounts = (): Counts => ({ pending: 0, running: 0, succeeded: 0, failed: 0, timedOut: 0, aborted: 0, total: 0, resultsWritten: 0 })

function outcomeOf({
  executionArn,
  name,
  status,
  input,
  output,
  error,
  cause,
  startDate,
  stopDate = startDate,
}: ExecutionRecord): ChildOutcome {
  return { executionArn, name, status: status as ChildOutcome['status'], input, output, error, cause, startDate, stopDate }
}
