import { runStateMachine, type TaskCall } from 'asl-jsonata'
import { virtualClock } from 'asl-jsonata/virtual-clock'
import { inMemoryLedger } from '../../../functions/adapters/ledger/in-memory/ledger.ts'
import { prepareBatchInput } from '../../../functions/domain/batch/batch.ts'
import { parseContract } from '../../../functions/domain/contract/file.ts'
import type { ExtractPlan, Receipt } from '../../../functions/domain/extract/extract.ts'
import type { AlertMessage } from '../../../functions/ports/alerts.ts'
import type { ExecutionView } from '../../../functions/ports/executions.ts'
import { closeEndedExtracts } from '../../../functions/use-cases/extract/close-ended-extracts.ts'
import { closeExtract, closeExtractInput } from '../../../functions/use-cases/extract/close-extract.ts'
import { planExtract } from '../../../functions/use-cases/extract/plan-extract.ts'
import { intakeAlerts } from '../../../functions/use-cases/intake/intake-alerts.ts'
import { memoryLake } from '../batch/memory-lake.ts'
import { machine } from '../statemachines/definition.ts'
import { asFunctionError, failure } from '../statemachines/world.ts'

const CONTRACT = `dataset: orders
owner: a@example.com
source: { jdbc: { connection: orders_db, table: orders, watermark: at, lag: 5 minutes } }
columns: { id: bigint, at: timestamp }
primary_key: [id]
latest_by: [at]
`

export const FULL = `dataset: orders
owner: a@example.com
source: { jdbc: { connection: orders_db, table: orders, mode: full } }
columns: { id: bigint, op: { type: string, from: extract_op } }
derive: { extracted: extract_id }
primary_key: [id]
latest_by: [extracted]
delete_when: op = 'D'
`

/** Everything around the machine `extract`: the real functions and ledger, and a job that does as the test wants. */
export function extractWorld(text = CONTRACT) {
  const parsed = parseContract(text, 'orders.yml', 'orders')
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems))
  const { contract } = parsed
  const time = virtualClock({ start: Date.UTC(2025, 5, 1) })
  const clock = { now: () => new Date(time.now()) }
  const { lake, objects } = memoryLake()
  const { extracts, landings, alertStates } = inMemoryLedger(clock)
  const running = new Set<string>()
  const ended = new Map<string, Partial<ExecutionView>>()
  const alerts: AlertMessage[] = []
  const common = {
    ...{ clock, lake, extracts, landings, alertStates },
    contracts: { find: async (name: string) => (name === 'orders' ? contract : undefined) },
    executions: { describe: async (arn: string) => (running.has(arn) ? { status: 'RUNNING' } : ended.get(arn)) as never },
    topic: { publish: async (alert: AlertMessage) => void alerts.push(alert) },
    counters: { count: () => {} },
    target: { stage: 'dev' },
    settings: { prefix: 'sluice-dev', lakeBucket: 'lake', contractsUri: 's3://code/a/contracts/index-1.json' },
  }
  const functions: Record<string, (payload: unknown) => Promise<unknown>> = {
    PlanExtractFunctionArn: (payload) => planExtract(prepareBatchInput.parse(payload), common),
    CloseExtractFunctionArn: (payload) => closeExtract(closeExtractInput.parse(payload), common),
  }
  const world = {
    ...{ extracts, landings, alerts, running, objects },
    /** What the job was given, run by run. */
    plans: [] as ExtractPlan[],
    jobs: [] as Record<string, unknown>[],
    /** What the job does next: lands these, or fails. The last stays. */
    does: [] as (Receipt | Error)[],
    run,
    publish,
    cutOff,
    /** As the function that runs every 15 minutes. */
    sweep: () => closeEndedExtracts(contract, { ...common, alerts: intakeAlerts(common, common.target) }),
  }

  async function task(call: TaskCall) {
    const given = call.arguments as { FunctionName: string; Payload: unknown; Arguments: Record<string, string> }
    if (call.resource.endsWith('lambda:invoke')) {
      try {
        return { Payload: JSON.parse(JSON.stringify(await functions[given.FunctionName]?.(given.Payload))) }
      } catch (error) {
        throw asFunctionError(error as Error)
      }
    }
    world.jobs.push(given as never)
    const uri = given.Arguments['--plan_uri'] ?? ''
    const plan = JSON.parse(objects.get(uri.replace('s3://lake/', '')) ?? '') as ExtractPlan
    world.plans.push(plan)
    const next = world.does.length > 1 ? world.does.shift() : world.does[0]
    if (next instanceof Error) throw next
    objects.set(uri.replace('s3://lake/', '').replace('plan.json', 'receipt.json'), JSON.stringify(next))
    return { JobRunState: 'SUCCEEDED' }
  }

  /** Puts the objects into the ledger as a batch leaves them. */
  async function publish(keys: string[], status: 'done' | 'failed' = 'done') {
    const event = {
      size: 1,
      etag: 'e',
      sequencer: 'A',
      partition: {},
      deleted: false,
      landedAt: '2025-06-01T00:00:00Z',
      recordedAt: '2025-06-01T00:00:00Z',
    }
    await landings.record(keys.map((key) => ({ dataset: 'orders', key, ...event })))
    await landings.close(
      'orders',
      'orders-b1',
      status,
      keys.map((key) => ({ key, sequencer: 'A' })),
    )
  }

  let starts = 0
  async function run(input: Record<string, unknown> = { dataset: 'orders' }) {
    starts += 1
    // Ids have whole seconds.
    await time.sleep(1000)
    return runStateMachine(machine('extract'), input as never, {
      tasks: task,
      clock: time,
      random: () => 0.5,
      execution: { name: `extract-${starts}`, stateMachineName: 'sluice-dev-extract' },
    })
  }

  /** An execution whose job runs, and which ends so before it reaches another state. */
  async function cutOff(end: Partial<ExecutionView>) {
    starts += 1
    await time.sleep(1000)
    const execution = { id: `arn:extract-${starts}`, name: `extract-${starts}`, startTime: clock.now().toISOString() }
    const { extractId } = await planExtract({ input: { dataset: 'orders' }, execution }, common)
    ended.set(execution.id, end)
    return extractId
  }
  return world
}

export const landed = (upper: string | null, ...objects: string[]): Receipt => ({ rows: objects.length, objects, upper })
/** As Step Functions hands on a job run that failed. */
export const jobFailure = (message: string) =>
  failure(
    'States.TaskFailed',
    JSON.stringify({ JobName: 'sluice-dev_orders-extract', Id: 'jr_1', JobRunState: 'FAILED', ErrorMessage: message }),
  )
