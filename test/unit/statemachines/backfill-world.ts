import { runStateMachine, type TaskCall } from 'asl-jsonata'
import { virtualClock } from 'asl-jsonata/virtual-clock'
import { expect } from 'vitest'
import { prepareBatchInput } from '../../../functions/domain/batch/batch.ts'
import type { BatchRecord } from '../../../functions/domain/batch/record.ts'
import type { Contract } from '../../../functions/domain/contract/contract.ts'
import { predicatesFor } from '../../../functions/domain/partition/predicate.ts'
import type { AlertMessage } from '../../../functions/ports/alerts.ts'
import type { ExecutionView } from '../../../functions/ports/executions.ts'
import { planBackfill } from '../../../functions/use-cases/backfill/plan-backfill.ts'
import { reportBackfill, reportBackfillInput } from '../../../functions/use-cases/backfill/report-backfill.ts'
import { ordersContract } from '../batch/fixtures.ts'
import { memoryLake } from '../batch/memory-lake.ts'
import { machine } from './definition.ts'
import { asFunctionError, failure } from './world.ts'

type Partition = Record<string, string>
const ROWS = { read: 10, written: 9, duplicates: 1, superseded: 0, quarantined: 0 }

/** Everything around the backfill machine: the real planner and report, and an ingest that ends as the test wants. */
export function backfillWorld(changes: { contract?: Contract; partitions?: Partition[]; curated?: Partition[] } = {}) {
  const contract = changes.contract ?? ordersContract()
  const clock = virtualClock({ start: Date.UTC(2025, 5, 1) })
  const { lake, objects } = memoryLake()
  const ingestArn = 'arn:aws:states:us-east-1:000000000000:stateMachine:sluice-dev-ingest'
  const world = {
    clock,
    objects,
    contract,
    partitions: changes.partitions ?? ['2025-01', '2025-02', '2025-03', '2025-04', '2025-05'].map((month): Partition => ({ month })),
    records: [] as BatchRecord[],
    executions: new Map<string, ExecutionView>(),
    lease: undefined as string | undefined,
    /** Partition values → how an execution of ingest over them ends, where not well. */
    failing: new Set<string>(),
    /** What DescribeExecution says of a chunk, one answer after another; the last stays. */
    statuses: ['SUCCEEDED'],
    ended: {} as { Error?: string; Cause?: string },
    faults: new Map<string, Error[]>(),
    calls: [] as string[],
    sent: [] as { task: string; arguments: unknown }[],
    visited: new Set<string>(),
    alerts: [] as AlertMessage[],
    run,
    remember,
  }

  /** A batch as the ledger and its plan file keep it. */
  function remember(batchId: string, status: BatchRecord['status'], partitions: Partition[], more: Partial<BatchRecord> = {}) {
    const startedAt = '2025-05-01T00:00:00.000Z'
    const closedAt = '2025-05-01T00:05:00.000Z'
    const base = {
      dataset: 'orders',
      batchId,
      source: 'raw' as const,
      executionArn: 'arn',
      executions: 1,
      redrives: 0,
      input: '{}',
      revision: 1,
    }
    world.records.unshift({ ...base, status, startedAt, closedAt, ...more })
    const predicates = predicatesFor(contract.source.partition_keys, partitions)
    objects.set(
      `runs/orders/${batchId}/plan.json`,
      JSON.stringify({ dataset: 'orders', batchId, source: 'raw', predicates, objects: [], createdAt: startedAt }),
    )
  }

  const executions = { describe: async (arn: string) => world.executions.get(arn) }
  const leases = {
    acquire: async (_: string, owner: string) => {
      world.lease ??= owner
      return { acquired: world.lease === owner, owner: world.lease, expiresAt: '' }
    },
    release: async (_: string, owner: string) => {
      if (world.lease === owner) world.lease = undefined
    },
    holder: async () => undefined,
  }
  const contracts = { all: async () => [contract], find: async (name: string) => (name === contract.dataset ? contract : undefined) }
  const catalog = { partitions: async (table: string) => (table.endsWith('_raw') ? world.partitions : (changes.curated ?? [])) }
  const batches = { recent: async () => world.records }
  const topic = { publish: async (alert: AlertMessage) => void world.alerts.push(alert) }

  const functions: Record<string, (payload: unknown) => Promise<unknown>> = {
    PlanBackfill: (payload) => planBackfill(prepareBatchInput.parse(payload), { contracts, catalog, batches, lake, leases, executions }),
    ReportBackfill: (payload) =>
      reportBackfill(reportBackfillInput.parse(payload), {
        executions,
        lake,
        leases,
        topic,
        target: { stage: 'dev' },
        settings: { ingestStateMachineArn: ingestArn },
      }),
  }

  function ingest({ Name: name, Input: input }: { Name: string; Input: { partitions?: Partition[]; backfillId: string } }) {
    const arn = `${ingestArn.replace(':stateMachine:', ':execution:')}:${name}`
    if (world.executions.has(arn)) throw failure('StepFunctions.ExecutionAlreadyExistsException', `Execution Already Exists: '${arn}'`)
    const isWell = !(input.partitions ?? []).some((partition) => world.failing.has(Object.values(partition).join()))
    const view = { arn, name, input: JSON.stringify(input), startedAt: '', redrives: 0, redrivable: false }
    world.executions.set(arn, {
      ...view,
      status: isWell ? 'SUCCEEDED' : 'FAILED',
      ...(isWell ? { output: JSON.stringify({ rows: ROWS }) } : { error: 'QualityGateError', cause: 'IsUnique "order_id": Value: 0.9' }),
    })
    remember(name, isWell ? 'succeeded' : 'failed', input.partitions ?? [{}], { input: JSON.stringify(input) })
    if (!isWell) throw failure('States.TaskFailed', JSON.stringify({ Status: 'FAILED', Error: 'QualityGateError' }))
    return { Name: name, Status: 'SUCCEEDED', Output: { rows: ROWS } }
  }

  async function task(call: TaskCall) {
    const given = call.arguments as Record<string, string>
    const service = call.resource.replace('arn:aws:states:::', '')
    const name = service === 'lambda:invoke' ? (given.FunctionName ?? '').replace('FunctionArn', '') : service
    world.calls.push(name)
    world.sent.push({ task: name, arguments: given })
    const fault = world.faults.get(name)?.shift()
    if (fault) throw service === 'lambda:invoke' ? asFunctionError(fault) : fault
    switch (service) {
      case 's3:getObject':
        return { Body: objects.get(given.Key ?? '') }
      case 's3:putObject':
        return objects.set(given.Key ?? '', given.Body ?? '') && {}
      case 'states:startExecution.sync:2':
        return ingest(call.arguments as never)
      case 'aws-sdk:sfn:describeExecution':
        expect(given.ExecutionArn).toMatch(
          /^arn:aws:states:us-east-1:000000000000:execution:sluice-dev-ingest:orders-bf-[0-9a-f]{8}-00000$/,
        )
        return { Name: 'chunk', Status: world.statuses.length > 1 ? world.statuses.shift() : world.statuses[0], ...world.ended }
      default:
        try {
          return { Payload: JSON.parse(JSON.stringify(await functions[name]?.((call.arguments as { Payload: unknown }).Payload))) }
        } catch (error) {
          throw asFunctionError(error as Error)
        }
    }
  }

  let starts = 0
  async function run(input: Parameters<typeof runStateMachine>[1]) {
    starts += 1
    const result = await runStateMachine(machine('backfill'), input, {
      tasks: task,
      clock,
      random: () => 0.5,
      execution: { name: `backfill-${starts}`, stateMachineName: 'sluice-dev-backfill' },
    })
    for (const history of [result.history, ...result.children.map((child) => child.history)]) {
      for (const event of history as { stateEnteredEventDetails?: { name: string } }[]) {
        if (event.stateEnteredEventDetails) world.visited.add(event.stateEnteredEventDetails.name)
      }
    }
    return result
  }
  return world
}
export type BackfillWorld = ReturnType<typeof backfillWorld>
