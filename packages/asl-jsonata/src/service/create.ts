import { type Clock, systemClock } from '../clock.ts'
import type { ExecutionRecord, World } from '../records.ts'
import { TaskTokens } from '../task-tokens.ts'
import { refusesActivities, taskDispatcher } from '../tasks.ts'
import type { Refusal, Tasks } from '../types.ts'
import * as executions from './executions.ts'
import * as mapRuns from './map-runs.ts'
import { isNested, nestedTask } from './nested.ts'
import { resumeInterrupted } from './resume.ts'
import { type Action, type Service, ServiceFailure } from './service.ts'
import * as stateMachines from './state-machines.ts'
import { type StatusChangeDetail, statusChangeDetail } from './status-event.ts'
import { memoryStorage, type StepFunctionsStorage } from './storage.ts'
import * as taskTokens from './task-tokens.ts'

const ACTIONS: Record<string, Action> = Object.fromEntries(
  Object.entries({ ...stateMachines, ...executions, ...mapRuns, ...taskTokens }).map(([name, action]) => [
    name.charAt(0).toUpperCase() + name.slice(1),
    action as Action,
  ]),
)
/** Shared by the actions; not actions themselves. */
delete ACTIONS.FindStateMachine
delete ACTIONS.FindExecution

export interface StepFunctionsOptions {
  tasks?: Tasks
  /** What `tasks` cannot call; a definition that would is refused. Calls to Step Functions itself are not asked about. */
  refuses?: Refusal
  clock?: Clock
  random?: () => number
  storage?: StepFunctionsStorage
  region?: string
  accountId?: string
  /** `detail` of the "Step Functions Execution Status Change" event: once for RUNNING, once for the end. */
  onStatusChange?: (detail: StatusChangeDetail) => void | Promise<void>
  /** What onStatusChange threw: an execution does not fail for an event that was not delivered. */
  onError?: (error: unknown) => void
}

export interface StepFunctions {
  /** One request of the AWS JSON 1.0 protocol; `target` is its X-Amz-Target header. */
  handle(target: string, body: unknown): Promise<{ status: number; body: Record<string, unknown> }>
  /** Continues every execution that the storage has as running and that does not run in this process. Returns how many. */
  resume(): Promise<number>
  /** Ends when no execution runs any more, those included that start meanwhile. */
  settled(): Promise<void>
  /** Stops every running execution. */
  close(): Promise<void>
}

/** Step Functions over HTTP, without the HTTP: mount `handle`, or call it in process. */
export function createStepFunctions(options: StepFunctionsOptions = {}): StepFunctions {
  const { clock = systemClock, region = 'us-east-1', accountId = '000000000000', storage = memoryStorage() } = options
  const onError = options.onError ?? ((error) => process.emitWarning(error as Error))
  const own = taskDispatcher(options.tasks)
  const isMocked = (resource: string) => typeof options.tasks === 'object' && Object.hasOwn(options.tasks, resource)
  const world: World = {
    clock,
    region,
    tokens: new TaskTokens(),
    random: options.random ?? Math.random,
    callTask: (call) => {
      const nested = isMocked(call.resource) ? undefined : nestedTask(service, perform, call.resource)
      return (nested ?? own)(call)
    },
    onStatus: async (record: ExecutionRecord) => {
      storage.executions.set(record.executionArn, record)
      if (record.mapRunArn) return
      try {
        await options.onStatusChange?.(statusChangeDetail(record, clock.now()))
      } catch (error) {
        onError(error)
      }
    },
    onMapRun: (run) => storage.mapRuns.set(run.mapRunArn, run),
    findMapRun: (arn) => storage.mapRuns.get(arn),
    findExecution: (arn) => storage.executions.get(arn),
    onChild: (child) => storage.executions.set(child.executionArn, child),
  }
  const refused = options.refuses ?? refusesActivities(options.tasks)
  const refuses: Refusal = (resource) =>
    isMocked(resource) || isNested(resource, (action) => Object.hasOwn(ACTIONS, action)) ? undefined : refused(resource)
  const service: Service = { storage, clock, world, region, accountId, refuses, running: new Map() }

  async function perform(action: string, body: Record<string, unknown>): Promise<unknown> {
    const found = Object.hasOwn(ACTIONS, action) ? ACTIONS[action] : undefined
    if (!found) throw new ServiceFailure('UnknownOperationException', `Step Functions on the laptop has no action ${action}`)
    return found(service, body as Record<string, never>)
  }

  return {
    async handle(target, body) {
      try {
        const answer = await perform(target.replace(/^AWSStepFunctions\./, ''), parsed(body))
        return { status: 200, body: (answer ?? {}) as Record<string, unknown> }
      } catch (thrown) {
        if (thrown instanceof ServiceFailure) return { status: 400, body: { __type: thrown.type, message: thrown.message } }
        return { status: 500, body: { __type: 'InternalServerError', message: (thrown as Error).message } }
      }
    },
    resume: () => resumeInterrupted(service),
    async settled() {
      while (service.running.size > 0) await Promise.all([...service.running.values()].map(({ ended }) => ended))
    },
    async close() {
      const running = [...service.running.values()]
      for (const { execution } of running) execution.stop('Sluice.Closed', 'The local Step Functions was closed')
      await Promise.all(running.map(({ ended }) => ended))
    },
  }
}

function parsed(body: unknown): Record<string, unknown> {
  if (typeof body !== 'string' && !(body instanceof Uint8Array)) return (body ?? {}) as Record<string, unknown>
  const text = Buffer.from(body as string).toString('utf8')
  try {
    return text === '' ? {} : (JSON.parse(text) as Record<string, unknown>)
  } catch {
    throw new ServiceFailure('SerializationException', 'The request body is no JSON')
  }
}
