import { randomUUID } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import { loadDefinition } from '../definition/load.ts'
import { Execution } from '../execution.ts'
import { MAX_HISTORY_EVENTS, MAX_PAYLOAD_BYTES } from '../limits.ts'
import { noProgress } from '../progress.ts'
import type { ExecutionRecord } from '../records.ts'
import type { ExecutionStatus, Json } from '../types.ts'
import { redriveStatus } from './redrive-status.ts'
import { page, requireArn, requireName, type Service, ServiceFailure, seconds } from './service.ts'
import { findStateMachine } from './state-machines.ts'

export function startExecution(service: Service, body: { stateMachineArn: string; name?: string; input?: string }) {
  const machine = findStateMachine(service, body.stateMachineArn)
  const name = requireName(body.name ?? randomUUID())
  const input = parseInput(body.input ?? '{}')
  const { storage, clock } = service
  const executionArn = `${machine.stateMachineArn.replace(':stateMachine:', ':execution:')}:${name}`
  const existing = storage.executions.get(executionArn)
  if (existing) {
    // The same name and input again is the same execution while it runs; once closed, the name is taken.
    if (existing.status === 'RUNNING' && isDeepStrictEqual(existing.input, input)) {
      return { executionArn, startDate: seconds(existing.startDate) }
    }
    throw new ServiceFailure('ExecutionAlreadyExists', `Execution Already Exists: '${executionArn}'`)
  }
  const startDate = clock.now()
  const record: ExecutionRecord = {
    executionArn,
    stateMachineArn: machine.stateMachineArn,
    stateMachineName: machine.name,
    name,
    roleArn: machine.roleArn,
    status: 'RUNNING',
    input,
    startDate,
    redriveCount: 0,
    definition: machine.definition,
    history: [],
    progress: noProgress(),
  }
  launch(service, record)
  return { executionArn, startDate: seconds(startDate) }
}

function launch(service: Service, record: ExecutionRecord): void {
  const execution = new Execution(record, loadDefinition(record.definition), service.world)
  service.storage.executions.set(record.executionArn, record)
  const ended = execution.run().finally(() => service.running.delete(record.executionArn))
  // Answering first and running after, as the service does; the caller has the ARN before the first event.
  service.running.set(record.executionArn, { execution, ended })
}

function parseInput(input: string): Json {
  if (Buffer.byteLength(input) > MAX_PAYLOAD_BYTES) {
    throw new ServiceFailure('InvalidExecutionInput', `Invalid State Machine Execution Input: 'more than ${MAX_PAYLOAD_BYTES} bytes'`)
  }
  try {
    return JSON.parse(input) as Json
  } catch (thrown) {
    throw new ServiceFailure('InvalidExecutionInput', `Invalid State Machine Execution Input: '${(thrown as Error).message}'`)
  }
}

export function describeExecution(service: Service, { executionArn }: { executionArn: string }) {
  const record = findExecution(service, executionArn)
  const { stateMachineArn, name, status, input, output, mapRunArn, redriveCount } = record
  const isNamed = status !== 'TIMED_OUT'
  return {
    executionArn,
    stateMachineArn,
    name,
    status,
    startDate: seconds(record.startDate),
    stopDate: seconds(record.stopDate),
    input: JSON.stringify(input),
    inputDetails: { included: true },
    ...(output === undefined ? {} : { output: JSON.stringify(output), outputDetails: { included: true } }),
    ...(record.error === undefined || !isNamed ? {} : { error: record.error }),
    ...(record.cause === undefined || !isNamed ? {} : { cause: record.cause }),
    ...(mapRunArn ? { mapRunArn } : {}),
    redriveCount,
    redriveDate: seconds(record.redriveDate),
    ...redriveStatus(record, service.clock.now()),
  }
}

export function getExecutionHistory(
  service: Service,
  body: { executionArn: string; maxResults?: number; nextToken?: string; reverseOrder?: boolean },
): unknown {
  const { history } = findExecution(service, body.executionArn)
  const { items, ...rest } = page(body.reverseOrder ? history.toReversed() : history, body)
  return { events: items.map((event) => ({ ...event, timestamp: seconds(event.timestamp) })), ...rest }
}

interface ListInput {
  stateMachineArn?: string
  mapRunArn?: string
  statusFilter?: ExecutionStatus
  redriveFilter?: 'REDRIVEN' | 'NOT_REDRIVEN'
  maxResults?: number
  nextToken?: string
}

export function listExecutions(service: Service, body: ListInput): unknown {
  const { stateMachineArn, mapRunArn, statusFilter, redriveFilter } = body
  if ((stateMachineArn === undefined) === (mapRunArn === undefined)) {
    throw new ServiceFailure('ValidationException', 'Exactly one of stateMachineArn and mapRunArn is required')
  }
  if (stateMachineArn !== undefined) findStateMachine(service, stateMachineArn)
  // Newest first; of one millisecond, what was started last.
  const all = [...service.storage.executions.values()].filter(
    (record) =>
      (mapRunArn === undefined ? record.stateMachineArn === stateMachineArn : record.mapRunArn === mapRunArn) &&
      (statusFilter === undefined || record.status === statusFilter) &&
      (redriveFilter === undefined || (redriveFilter === 'REDRIVEN') === record.redriveCount > 0),
  )
  const { items, ...rest } = page(
    all.reverse().sort((left, right) => right.startDate - left.startDate),
    body,
  )
  const executions = items.map((record) => ({
    executionArn: record.executionArn,
    stateMachineArn: record.stateMachineArn,
    name: record.name,
    status: record.status,
    startDate: seconds(record.startDate),
    stopDate: seconds(record.stopDate),
    redriveCount: record.redriveCount,
    redriveDate: seconds(record.redriveDate),
    ...(record.mapRunArn ? { mapRunArn: record.mapRunArn, itemCount: record.itemCount } : {}),
  }))
  return { executions, ...rest }
}

export async function stopExecution(service: Service, body: { executionArn: string; error?: string; cause?: string }): Promise<unknown> {
  const record = findExecution(service, body.executionArn)
  const running = service.running.get(body.executionArn)
  if (running) {
    running.execution.stop(body.error, body.cause)
    await running.ended
  } else if (record.status === 'RUNNING') {
    // Its process is gone, so this call has to close it.
    Object.assign(record, { status: 'ABORTED', stopDate: service.clock.now(), error: body.error, cause: body.cause })
    await service.world.onStatus?.(record)
  }
  return { stopDate: seconds(record.stopDate) }
}

export function redriveExecution(service: Service, { executionArn }: { executionArn: string }): unknown {
  const record = findExecution(service, executionArn)
  const { redriveStatus: status, redriveStatusReason: reason } = redriveStatus(record, service.clock.now())
  if (status !== 'REDRIVABLE') throw new ServiceFailure('ExecutionNotRedrivable', reason ?? 'Execution cannot be redriven')
  if (record.history.length >= MAX_HISTORY_EVENTS - 1) {
    throw new ServiceFailure('ExecutionNotRedrivable', 'Execution history event limit exceeded')
  }
  record.redriveCount += 1
  record.redriveDate = service.clock.now()
  for (const field of ['stopDate', 'error', 'cause', 'output'] as const) delete record[field]
  launch(service, record)
  return { redriveDate: seconds(record.redriveDate) }
}

export function findExecution(service: Service, arn: string): ExecutionRecord {
  const record = service.storage.executions.get(requireArn(arn, 'execution'))
  if (!record) throw new ServiceFailure('ExecutionDoesNotExist', `Execution Does Not Exist: '${arn}'`)
  return record
}
