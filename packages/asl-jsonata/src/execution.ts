import { setMaxListeners } from 'node:events'
import type { Engine, Frame } from './engine.ts'
import { asStatesError, dataLimitExceeded, Interrupted } from './errors.ts'
import { type Cursor, History, payload } from './history.ts'
import { MAX_PAYLOAD_BYTES, payloadBytes } from './limits.ts'
import { MapRuns } from './map-runs.ts'
import type { ExecutionRecord, World } from './records.ts'
import { runStates } from './run-states.ts'
import { Scope } from './scope.ts'
import type { JsonObject, States } from './types.ts'

/** One run of an execution, from the start or from where its progress stopped. Everything it learns goes into the record. */
export class Execution {
  readonly #interrupt = new AbortController()
  readonly #cursor: Cursor = { id: 0 }
  readonly #history: History

  constructor(
    readonly record: ExecutionRecord,
    private readonly definition: States & { TimeoutSeconds?: number },
    private readonly world: World,
  ) {
    setMaxListeners(0, this.#interrupt.signal)
    this.#history = new History(record.history, () => world.clock.now())
  }

  /** Ends the execution as ABORTED; what runs inside is notified through its signals. */
  stop(error?: string, cause?: string): void {
    this.#interrupt.abort(new Interrupted('stopped', error, cause))
  }

  async run(): Promise<ExecutionRecord> {
    const { record, world } = this
    this.#begin()
    const ended = new AbortController()
    this.#guardTimeout(ended.signal)
    try {
      if (payloadBytes(record.input) > MAX_PAYLOAD_BYTES) throw dataLimitExceeded(record.name)
      const frame: Frame = {
        engine: this.#engine(),
        scope: new Scope(),
        signal: this.#interrupt.signal,
        cursor: this.#cursor,
        progress: record.progress,
      }
      const output = await runStates(this.definition, record.input, frame)
      record.output = output
      this.#end('SUCCEEDED', payload('output', output))
    } catch (thrown) {
      this.#endBadly(thrown)
    } finally {
      ended.abort(new Error('The execution has ended'))
      await world.onStatus?.(record)
    }
    return record
  }

  #begin(): void {
    const { record, world } = this
    record.status = 'RUNNING'
    if (record.history.length > 0) {
      this.#cursor.id = record.history.length
      this.#history.record(this.#cursor, 'ExecutionRedriven', { redriveCount: record.redriveCount })
    } else {
      this.#history.record(this.#cursor, 'ExecutionStarted', { ...payload('input', record.input), roleArn: record.roleArn })
      this.#cursor.id = 0
    }
    void world.onStatus?.(record)
  }

  #guardTimeout(signal: AbortSignal): void {
    const seconds = this.definition.TimeoutSeconds
    if (seconds === undefined) return
    const { clock } = this.world
    clock.sleep(seconds * 1000, { signal, purpose: 'timeout' }).then(
      () => this.#interrupt.abort(new Interrupted('timed-out', 'States.Timeout')),
      () => undefined,
    )
  }

  #endBadly(thrown: unknown): void {
    const interrupted = this.#interrupt.signal.aborted ? (this.#interrupt.signal.reason as Interrupted) : undefined
    const { record } = this
    if (interrupted) {
      record.error = interrupted.error
      record.cause = interrupted.reason
      this.#end(interrupted.kind === 'timed-out' ? 'TIMED_OUT' : 'ABORTED', named(interrupted.error, interrupted.reason))
      return
    }
    const error = asStatesError(thrown)
    record.error = error.error
    record.cause = error.reason
    this.#end('FAILED', named(error.error, error.reason))
  }

  #end(status: Exclude<ExecutionRecord['status'], 'RUNNING'>, details: Record<string, unknown>): void {
    const { record, world } = this
    record.status = status
    record.stopDate = world.clock.now()
    this.#history.record(this.#cursor, ENDINGS[status], details)
  }

  #engine(): Engine {
    const { record, world } = this
    const execution: JsonObject = {
      Id: record.executionArn,
      Input: record.input,
      Name: record.name,
      RoleArn: record.roleArn,
      StartTime: new Date(record.startDate).toISOString(),
      RedriveCount: record.redriveCount,
      ...(record.redriveDate === undefined ? {} : { RedriveTime: new Date(record.redriveDate).toISOString() }),
    }
    return {
      clock: world.clock,
      history: this.#history,
      tokens: world.tokens,
      callTask: world.callTask,
      random: world.random,
      region: world.region,
      context: { Execution: execution, StateMachine: { Id: record.stateMachineArn, Name: record.stateMachineName } },
      startMapRun: (plan, progress) => new MapRuns(record, world, startExecution).start(plan, progress),
      runStates,
    }
  }
}

/** How Map Runs start their children: handed over, since an execution starts Map Runs and they start executions. */
const startExecution = (record: ExecutionRecord, definition: States, world: World) => new Execution(record, definition, world)

const ENDINGS = { SUCCEEDED: 'ExecutionSucceeded', FAILED: 'ExecutionFailed', TIMED_OUT: 'ExecutionTimedOut', ABORTED: 'ExecutionAborted' }

const named = (error?: string, cause?: string) => ({ ...(error === undefined ? {} : { error }), ...(cause === undefined ? {} : { cause }) })
