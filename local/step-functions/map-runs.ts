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

/** Starts the Map Runs of one execution, and their children as executions of their own. */
export class MapRuns {
  constructor(
    private readonly parent: ExecutionRecord,
    private readonly world: World,
    private readonly startExecution: Start,
  ) {}

  start(plan: MapRunPlan): MapRun {
    const { parent, world } = this
    const arn = parent.executionArn.replace(/:(execution|express):([^:]+):.*$/, `:mapRun:$2/${plan.label}:${randomUUID()}`)
    const record: MapRunRecord = {
      mapRunArn: arn,
      executionArn: parent.executionArn,
      stateMachineArn: `${parent.stateMachineArn}/${plan.label}`,
      status: 'RUNNING',
      startDate: world.clock.now(),
      maxConcurrency: plan.maxConcurrency,
      toleratedFailureCount: plan.toleratedFailureCount,
      toleratedFailurePercentage: plan.toleratedFailurePercentage,
      executionCounts: noCounts(),
      itemCounts: noCounts(),
      redriveCount: parent.redriveCount,
      ...(parent.redriveDate === undefined ? {} : { redriveDate: parent.redriveDate }),
    }
    world.onMapRun?.(record)
    const move = (from: keyof Counts, to: keyof Counts, items: number) => {
      record.executionCounts[from] -= 1
      record.executionCounts[to] += 1
      record.itemCounts[from] -= items
      record.itemCounts[to] += items
    }
    return {
      arn,
      expect: (children, items) => {
        Object.assign(record.executionCounts, { pending: children, total: children })
        Object.assign(record.itemCounts, { pending: items, total: items })
      },
      runChild: async (input, items, progress, signal) => {
        if (progress.done) {
          move('pending', 'succeeded', items)
          return finishedBefore(record, input, progress.done.output, world.clock.now())
        }
        move('pending', 'running', items)
        const child = await this.#runChild(record, plan, { input, items, progress }, signal)
        move('running', COUNTED[child.status], items)
        return child
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

  async #runChild(
    run: MapRunRecord,
    plan: MapRunPlan,
    { input, items, progress }: { input: Json; items: number; progress: Progress },
    signal: AbortSignal,
  ): Promise<ChildOutcome> {
    const { parent, world } = this
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
      definition: '',
      history: [],
      progress,
    }
    world.onChild?.(record)
    const execution = this.startExecution(record, plan.processor, world)
    const stop = () => execution.stop()
    signal.addEventListener('abort', stop, { once: true })
    if (signal.aborted) stop()
    try {
      await execution.run()
    } finally {
      signal.removeEventListener('abort', stop)
    }
    return outcomeOf(record)
  }
}

const COUNTED = { SUCCEEDED: 'succeeded', FAILED: 'failed', TIMED_OUT: 'timedOut', ABORTED: 'aborted' } as const

const noCounts = (): Counts => ({
  pending: 0,
  running: 0,
  succeeded: 0,
  failed: 0,
  timedOut: 0,
  aborted: 0,
  total: 0,
  resultsWritten: 0,
})

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

/** A child that an earlier run of the redriven execution completed keeps its output and is not run again. */
function finishedBefore(run: MapRunRecord, input: Json, output: Json, now: number): ChildOutcome {
  return { executionArn: run.mapRunArn, name: 'kept', status: 'SUCCEEDED', input, output, startDate: now, stopDate: now }
}
