import { extractWorld, landed } from '../../unit/extract/extract-world.ts'
import { backfillWorld } from '../../unit/statemachines/backfill-world.ts'
import type { MachineJson } from '../../unit/statemachines/definition.ts'
import { machine } from '../../unit/statemachines/definition.ts'
import { failure, ingestWorld } from '../../unit/statemachines/world.ts'
import type { ApiCall } from './referee.ts'

/** Every call of a service that a run of `ingest` makes, good and failed, with the arguments that JSONata makes of its state. */
export async function ingestCalls(definition: MachineJson = machine('ingest')): Promise<ApiCall[]> {
  const good = ingestWorld()
  await good.run({ dataset: 'orders' }, definition)
  const failed = ingestWorld()
  failed.faults.set('PublishBatch', [failure('ContractViolationError', 'it does not fit')])
  await failed.run({ dataset: 'orders' }, definition)
  return [...good.calls, ...failed.calls].flatMap(({ task, arguments: parameters }) =>
    callOf(task, parameters, 'statemachines/ingest.asl.json'),
  )
}

/** `aws-sdk:glue:getCrawler` or `sqs:sendMessage` → the call; a function is nothing that AWS has a model of. */
export function callOf(task: string, parameters: unknown, where: string): ApiCall[] {
  const [, service, operation] = /^(?:aws-sdk:)?(\w+):(\w+?)(?:\.sync(?::2)?)?$/.exec(task) ?? []
  return service && operation
    ? [{ service, operation, parameters: task.startsWith('aws-sdk:') ? parameters : withTexts(parameters), where: `${where}: ${task}` }]
    : []
}

/** Its own integrations take JSON where the API takes a text. */
const withTexts = (parameters: unknown) =>
  Object.fromEntries(
    Object.entries(parameters as object).map(([name, value]) => [
      name,
      ['Input', 'MessageBody', 'Message'].includes(name) ? JSON.stringify(value) : value,
    ]),
  )

/** The same of `extract`. */
export async function extractCalls(): Promise<ApiCall[]> {
  const world = extractWorld()
  world.does = [landed('5', 'raw/a')]
  await world.run()
  return world.jobs.flatMap((parameters) => callOf('glue:startJobRun.sync', parameters, 'statemachines/extract.asl.json'))
}

/** The same of `backfill`: a chunk that is started, and one whose start was made before. */
export async function backfillCalls(): Promise<ApiCall[]> {
  const world = backfillWorld()
  await world.run({ dataset: 'orders', all: true })
  const again = backfillWorld()
  again.faults.set('states:startExecution.sync:2', [failure('StepFunctions.ExecutionAlreadyExistsException')])
  await again.run({ dataset: 'orders', all: true })
  return [...world.sent, ...again.sent].flatMap(({ task, arguments: parameters }) =>
    callOf(task, parameters, 'statemachines/backfill.asl.json'),
  )
}
