import { StatesError } from '../errors.ts'
import type { Json, JsonObject, TaskCall, TaskHandler } from '../types.ts'
import { describeExecution, startExecution, stopExecution } from './executions.ts'
import { type Service, ServiceFailure } from './service.ts'

type Perform = (action: string, body: Record<string, unknown>) => Promise<unknown>

const START = /^arn:[^:]+:states:[^:]*:[^:]*:states:startExecution(\.sync|\.sync:2|\.waitForTaskToken)?$/
const SDK = /^arn:[^:]+:states:::aws-sdk:sfn:(\w+)$/

/** Whether nestedTask answers this resource with an action that there is. */
export function isNested(resource: string, isAction: (name: string) => boolean): boolean {
  const action = SDK.exec(resource)?.[1]
  return START.test(resource) || (action !== undefined && isAction(capital(action)))
}

/** The calls of Step Functions to itself, answered by the same service; undefined for any other resource. */
export function nestedTask(service: Service, perform: Perform, resource: string): TaskHandler | undefined {
  const start = START.exec(resource)
  if (start)
    return (call) => (start[1]?.startsWith('.sync') ? startAndWait(service, call, start[1] === '.sync:2') : startOnly(service, call))
  const sdk = SDK.exec(resource)
  return sdk ? (call) => sdkCall(perform, sdk[1] as string, call) : undefined
}

function start(service: Service, { arguments: args }: TaskCall): { executionArn: string; startDate: number } {
  const { StateMachineArn, Name, Input = {} } = args as { StateMachineArn: string; Name?: string; Input?: Json }
  const input = typeof Input === 'string' ? Input : JSON.stringify(Input)
  try {
    const { executionArn, startDate = 0 } = startExecution(service, { stateMachineArn: StateMachineArn, name: Name, input })
    return { executionArn, startDate: startDate * 1000 }
  } catch (thrown) {
    throw thrown instanceof ServiceFailure ? new StatesError(`StepFunctions.${thrown.type}Exception`, thrown.message) : thrown
  }
}

function startOnly(service: Service, call: TaskCall): JsonObject {
  const { executionArn, startDate } = start(service, call)
  return { ExecutionArn: executionArn, StartDate: startDate }
}

/** Waits for the child's end; a parent that is stopped or times out stops it. Only `.sync:2` has its Output as JSON. */
async function startAndWait(service: Service, call: TaskCall, outputAsJson: boolean): Promise<JsonObject> {
  const { executionArn } = start(service, call)
  const stop = () => void stopExecution(service, { executionArn }).catch(() => undefined)
  call.signal.addEventListener('abort', stop, { once: true })
  try {
    await service.running.get(executionArn)?.ended
  } finally {
    call.signal.removeEventListener('abort', stop)
  }
  const described = describeExecution(service, { executionArn })
  const json = (text: string | undefined) => (text === undefined || !outputAsJson ? text : (JSON.parse(text) as Json))
  const result: Record<string, Json | undefined> = {
    ExecutionArn: executionArn,
    Name: described.name,
    StateMachineArn: described.stateMachineArn,
    Status: described.status,
    Input: json(described.input),
    InputDetails: { Included: true },
    Output: json(described.output),
    OutputDetails: described.output === undefined ? undefined : { Included: true },
    Error: described.error,
    Cause: described.cause,
    StartDate: (described.startDate ?? 0) * 1000,
    StopDate: (described.stopDate ?? 0) * 1000,
  }
  const present = Object.fromEntries(Object.entries(result).filter(([, value]) => value !== undefined)) as JsonObject
  if (described.status !== 'SUCCEEDED') throw new StatesError('States.TaskFailed', JSON.stringify(present))
  return present
}

/** `aws-sdk:sfn:describeExecution` and the like: the API's own shapes, with capital letters and ISO dates. */
async function sdkCall(perform: Perform, action: string, call: TaskCall): Promise<unknown> {
  const recase = (value: unknown, change: (key: string) => string): unknown => {
    if (Array.isArray(value)) return value.map((item) => recase(item, change))
    if (value === null || typeof value !== 'object') return value
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [change(key), isoDate(key, recase(item, change))]))
  }
  try {
    const body = recase(call.arguments, (key) => key.charAt(0).toLowerCase() + key.slice(1))
    return recase(await perform(capital(action), body as Record<string, unknown>), capital)
  } catch (thrown) {
    throw thrown instanceof ServiceFailure ? new StatesError(`Sfn.${thrown.type}Exception`, thrown.message) : thrown
  }
}

const capital = (name: string) => name.charAt(0).toUpperCase() + name.slice(1)

const isoDate = (key: string, value: unknown) =>
  typeof value === 'number' && /(Date|timestamp)$/.test(key) ? new Date(value * 1000).toISOString() : value
