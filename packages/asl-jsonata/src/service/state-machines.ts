import { randomUUID } from 'node:crypto'
import { loadDefinition } from '../definition/load.ts'
import { InvalidDefinitionError } from '../errors.ts'
import { page, requireArn, requireName, type Service, ServiceFailure, seconds } from './service.ts'
import type { StateMachineRecord } from './storage.ts'

interface CreateInput {
  name: string
  definition: string
  roleArn?: string
  type?: 'STANDARD' | 'EXPRESS'
}

export function createStateMachine(service: Service, input: CreateInput): unknown {
  const name = requireName(input.name)
  const { storage, region, accountId, clock } = service
  checkDefinition(service, input.definition)
  const stateMachineArn = `arn:aws:states:${region}:${accountId}:stateMachine:${name}`
  const { definition, roleArn = `arn:aws:iam::${accountId}:role/${name}`, type = 'STANDARD' } = input
  const existing = storage.stateMachines.get(stateMachineArn)
  if (existing) {
    const isSame = existing.definition === definition && existing.roleArn === roleArn && existing.type === type
    if (!isSame) throw new ServiceFailure('StateMachineAlreadyExists', `State Machine Already Exists: '${stateMachineArn}'`)
    return { stateMachineArn, creationDate: seconds(existing.creationDate) }
  }
  storage.stateMachines.set(stateMachineArn, { stateMachineArn, name, type, roleArn, definition, creationDate: clock.now() })
  return { stateMachineArn, creationDate: seconds(clock.now()) }
}

export function updateStateMachine(
  service: Service,
  input: { stateMachineArn: string; definition?: string; roleArn?: string },
): { updateDate: unknown; revisionId: string } {
  const machine = findStateMachine(service, input.stateMachineArn)
  if (input.definition === undefined && input.roleArn === undefined) {
    throw new ServiceFailure('MissingRequiredParameter', 'Either the definition, the role ARN, or both must be specified')
  }
  if (input.definition !== undefined) checkDefinition(service, input.definition)
  const revisionId = randomUUID()
  const updateDate = service.clock.now()
  const { definition = machine.definition, roleArn = machine.roleArn } = input
  service.storage.stateMachines.set(machine.stateMachineArn, { ...machine, definition, roleArn, updateDate, revisionId })
  return { updateDate: seconds(updateDate), revisionId }
}

export function describeStateMachine(service: Service, { stateMachineArn }: { stateMachineArn: string }): unknown {
  return described(findStateMachine(service, stateMachineArn))
}

function described({ creationDate, updateDate: _, ...machine }: StateMachineRecord) {
  return {
    ...machine,
    status: 'ACTIVE',
    creationDate: seconds(creationDate),
    loggingConfiguration: { level: 'OFF', includeExecutionData: false },
    tracingConfiguration: { enabled: false },
  }
}

export function describeStateMachineForExecution(service: Service, { executionArn }: { executionArn: string }): unknown {
  const execution = service.storage.executions.get(requireArn(executionArn, 'execution'))
  if (!execution) throw new ServiceFailure('ExecutionDoesNotExist', `Execution Does Not Exist: '${executionArn}'`)
  const { stateMachineArn, stateMachineName, roleArn, definition, mapRunArn } = execution
  const machine = service.storage.stateMachines.get(stateMachineArn)
  const updateDate = seconds(machine?.updateDate ?? machine?.creationDate ?? execution.startDate)
  return { stateMachineArn, name: stateMachineName, roleArn, definition, updateDate, ...(mapRunArn ? { mapRunArn } : {}) }
}

export function listStateMachines(service: Service, input: { maxResults?: number; nextToken?: string }): unknown {
  const all = [...service.storage.stateMachines.values()].sort((a, b) => a.creationDate - b.creationDate)
  const { items, ...rest } = page(all, input)
  const stateMachines = items.map(({ stateMachineArn, name, type, creationDate }) => ({
    stateMachineArn,
    name,
    type,
    creationDate: seconds(creationDate),
  }))
  return { stateMachines, ...rest }
}

/** What runs of it goes on, as it does while the service deletes. */
export function deleteStateMachine(service: Service, { stateMachineArn }: { stateMachineArn: string }): unknown {
  service.storage.stateMachines.delete(requireArn(stateMachineArn, 'stateMachine'))
  return {}
}

export function validateStateMachineDefinition(service: Service, { definition }: { definition: string }): unknown {
  const problems = problemsOf(service, definition)
  const diagnostics = problems.map(({ location, message }) => ({
    severity: 'ERROR',
    code: /^(MISSING_\w+):/.exec(message)?.[1] ?? 'SCHEMA_VALIDATION_FAILED',
    message: message.replace(/^MISSING_\w+: /, ''),
    location,
  }))
  return { result: problems.length === 0 ? 'OK' : 'FAIL', diagnostics, truncated: false }
}

export function findStateMachine(service: Service, arn: string): StateMachineRecord {
  const machine = service.storage.stateMachines.get(requireArn(arn, 'stateMachine'))
  if (!machine) throw new ServiceFailure('StateMachineDoesNotExist', `State Machine Does Not Exist: '${arn}'`)
  return machine
}

function problemsOf({ refuses }: Service, definition: string) {
  try {
    loadDefinition(definition, refuses)
    return []
  } catch (thrown) {
    if (thrown instanceof InvalidDefinitionError) return thrown.problems
    throw thrown
  }
}

function checkDefinition(service: Service, definition: string): void {
  const problems = problemsOf(service, definition)
  if (problems.length > 0) throw new ServiceFailure('InvalidDefinition', new InvalidDefinitionError(problems).message)
}
