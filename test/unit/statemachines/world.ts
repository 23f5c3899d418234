import { runStateMachine, type TaskCall } from 'asl-jsonata'
import { virtualClock } from 'asl-jsonata/virtual-clock'
import { inMemoryLedger } from '../../../functions/adapters/ledger/in-memory/ledger.ts'
import { batchIdentitySchema, batchSchema, prepareBatchInput } from '../../../functions/domain/batch/batch.ts'
import type { Manifest } from '../../../functions/domain/batch/manifest/manifest.ts'
import type { Contract } from '../../../functions/domain/contract/contract.ts'
import { selects } from '../../../functions/domain/partition/predicate-evaluation.ts'
import { parsePredicate } from '../../../functions/domain/partition/predicate-parser.ts'
import type { AlertMessage } from '../../../functions/ports/alerts.ts'
import type { ExecutionStatus } from '../../../functions/ports/executions.ts'
import type { QualityRuleResult } from '../../../functions/ports/glue-jobs.ts'
import type { Metric } from '../../../functions/ports/telemetry.ts'
import { raiseAlert, raiseAlertInput } from '../../../functions/use-cases/alerts/raise-alert.ts'
import { acquireLease } from '../../../functions/use-cases/batch/acquire-lease.ts'
import { freeJobSlot } from '../../../functions/use-cases/batch/free-job-slot.ts'
import { judgeQuality, judgeQualityInput } from '../../../functions/use-cases/batch/judge-quality.ts'
import { prepareBatch } from '../../../functions/use-cases/batch/prepare/prepare-batch.ts'
import { confirmPartitions } from '../../../functions/use-cases/batch/publish/confirm-partitions.ts'
import { publishBatch, publishBatchInput } from '../../../functions/use-cases/batch/publish/publish-batch.ts'
import { readManifest } from '../../../functions/use-cases/batch/read-manifest.ts'
import { recordMetrics, recordMetricsInput } from '../../../functions/use-cases/batch/record-metrics.ts'
import { releaseLease } from '../../../functions/use-cases/batch/release-lease.ts'
import { stopStrayRuns } from '../../../functions/use-cases/batch/stop-stray-runs.ts'
import { takeJobSlot } from '../../../functions/use-cases/batch/take-job-slot.ts'
import { alertStatesOf } from '../alerts/alert-states.ts'
import { noIceberg, ordersContract, ordersManifest } from '../batch/fixtures.ts'
import { memoryLake } from '../batch/memory-lake.ts'
import { machine } from './definition.ts'

interface TaskArguments {
  FunctionName?: string
  Payload?: unknown
  Arguments?: Record<string, string>
  MessageBody?: string
}

/** An error as a task reports it. */
export const failure = (name: string, message = name) => Object.assign(new Error(message), { name })

/** What Lambda makes of an error, and Step Functions of that: the Cause is JSON with a trace. */
export const asFunctionError = ({ name, message }: Error) =>
  failure(
    name,
    /^(Lambda|States|Sandbox)\./.test(name) ? message : JSON.stringify({ errorType: name, errorMessage: message, trace: ['at …'] }),
  )

/**
 * Everything around the ingest machine, in memory, with the real use cases behind `lambda:invoke`: each one's output really is what
 * the next state gets. A test changes a part, or makes a task fail by `faults`.
 */
export function ingestWorld(changes: { contract?: Contract; manifest?: (batchId: string) => Manifest; prepared?: unknown } = {}) {
  const contract = changes.contract ?? ordersContract()
  const clock = virtualClock({ start: Date.UTC(2025, 0, 2) })
  const wallClock = { now: () => new Date(clock.now()) }
  const { lake, objects } = memoryLake()
  const world = {
    clock,
    objects,
    contract,
    /** Task (function or API) → error thrown at its nth call; an entry is used up. */
    faults: new Map<string, Error[]>(),
    /** Tasks that never answer. */
    hangs: new Set<string>(),
    calls: [] as { task: string; arguments: unknown; at: number }[],
    visited: new Set<string>(),
    rawPartitions: [{ month: '2025-01' }, { month: '2025-02' }] as Record<string, string>[],
    lease: undefined as string | undefined,
    maxJobRuns: 1,
    executions: new Map<string, ExecutionStatus>(),
    liveRuns: [] as { id: string; stopping: boolean }[],
    quality: {
      statuses: ['RUNNING', 'SUCCEEDED'],
      rules: [{ name: 'Rule_1', description: 'RowCount > 0', result: 'PASS', message: undefined }] as QualityRuleResult[],
    },
    crawls: [{ State: 'RUNNING' }, { State: 'READY', LastCrawl: { Status: 'SUCCEEDED' } }] as Record<string, unknown>[],
    /** Tables that the catalog does not have. */
    missingTables: [] as string[],
    missingPartitions: [] as Record<string, string>[],
    ledger: inMemoryLedger(wallClock),
    registers: true,
    forgotten: [] as string[],
    alertsUp: new Set<string>(),
    alerts: [] as AlertMessage[],
    queued: [] as Record<string, unknown>[],
    metrics: new Map<string, number>(),
    /** Called before a task does its work. */
    before: (_task: string): void | Promise<void> => undefined,
    task,
    run,
  }

  const leases = {
    acquire: async (_: string, owner: string) => {
      if (world.lease !== undefined && world.lease !== owner) return { acquired: false, owner: world.lease, expiresAt: '' }
      world.lease = owner
      return { acquired: true, owner, expiresAt: '' }
    },
    release: async (_: string, owner: string) => {
      if (world.lease === owner) world.lease = undefined
    },
    holder: async () => (world.lease === undefined ? undefined : { owner: world.lease, expiresAt: '' }),
    enter: (_: unknown, owner: string) => leases.acquire('', owner),
    holds: async (_: string, owner: string) => world.lease === owner,
    note: async () => true,
    leave: async () => {},
  }
  const alertStates = alertStatesOf(world.alertsUp)
  const catalog = {
    partitions: async (_: string, expression?: string) => {
      if (expression === undefined) return world.rawPartitions
      const predicate = parsePredicate(expression, contract.source.partition_keys)
      return world.rawPartitions.filter((partition) => selects(predicate, partition))
    },
  }
  const executions = {
    describe: async (arn: string) => {
      const status = world.executions.get(arn)
      return status && { arn, name: '', status, input: '{}', startedAt: '', redrives: 0, redrivable: false }
    },
  }
  const jobRuns = {
    live: async () => world.liveRuns,
    stop: async () => {
      world.liveRuns = []
    },
  }
  const jobTimes = { read: async () => [], write: async () => {} }
  const metrics = { put: async (_: string, values: Metric[]) => values.forEach(({ name, value }) => world.metrics.set(name, value)) }
  const settings = {
    prefix: 'sluice-dev',
    rawBucket: 'raw-bucket',
    lakeBucket: 'lake',
    database: 'sluice_dev',
    contractsUri: 's3://deploy/contracts/index-0.json',
    leaseSeconds: 900,
  }
  const contracts = { all: async () => [contract], find: async (name: string) => (name === contract.dataset ? contract : undefined) }

  // What it does not have is registered, unless `registers` says otherwise.
  const proof = {
    missing: async (_: string, asked: Record<string, string>[]) =>
      asked.filter((values) => world.missingPartitions.some((lacking) => JSON.stringify(lacking) === JSON.stringify(values))),
  }
  const tablePointers = {
    find: async (table: string) => (world.missingTables.includes(table) ? undefined : { version: '1' }),
  }
  const registry = {
    register: async () => {
      if (world.registers) world.missingPartitions = []
    },
    forget: async (table: string, expression: string) => world.forgotten.push(`${table} ${expression}`),
  }
  const counters = { count: () => {} }

  const functions: Record<string, (payload: never) => Promise<unknown>> = {
    // `prepared`: what another version has made of the input.
    PrepareBatch: async (payload) =>
      changes.prepared ??
      prepareBatch(prepareBatchInput.parse(payload), {
        ...world.ledger,
        contracts,
        catalog,
        proof,
        registry,
        counters,
        lake,
        clock: wallClock,
        targetOf: () => ({ stage: 'dev' }),
        settings,
      }),
    AcquireLease: (payload) => acquireLease({ batch: batchSchema.parse(payload['batch']) }, { leases, executions }),
    StopStrayRuns: (payload) => stopStrayRuns({ batch: batchSchema.parse(payload['batch']) }, { jobRuns }),
    TakeJobSlot: (payload) =>
      takeJobSlot({ batch: batchSchema.parse(payload['batch']) }, { ...world.ledger, settings: { maxJobRuns: world.maxJobRuns } }),
    FreeJobSlot: (payload) => freeJobSlot({ batch: batchSchema.parse(payload['batch']) }, world.ledger),
    ReadManifest: (payload) => readManifest({ batch: batchSchema.parse(payload['batch']) }, { lake, tablePointers }),
    JudgeQuality: (payload) =>
      judgeQuality(judgeQualityInput.parse(payload), {
        qualityResults: { find: async () => ({ score: 1, rules: world.quality.rules }) },
        stagedColumns: { read: async () => ({ rows: [], bytes: 0 }) },
        lake,
        clock: wallClock,
      }),
    PublishBatch: (payload) =>
      publishBatch(publishBatchInput.parse(payload), {
        lake,
        leases,
        proof,
        ...noIceberg,
        hasTime: () => false,
      }),
    ConfirmPartitions: (payload) =>
      confirmPartitions(
        { batch: batchSchema.parse(payload['batch']) },
        { lake, proof, registry, counters, log: { warn: () => {} }, settings },
      ),
    RecordMetrics: (payload) => recordMetrics(recordMetricsInput.parse(payload), { lake, jobTimes, metrics, clock: wallClock }),
    ReleaseLease: (payload) =>
      releaseLease({ batch: batchIdentitySchema.parse(payload['batch']) }, { leases, jobSlots: world.ledger.jobSlots }),
    RaiseAlert: (payload) =>
      raiseAlert(raiseAlertInput.parse(payload), {
        alertStates,
        clock: { now: () => new Date(0) },
        lake,
        batches: world.ledger.batches,
        landings: world.ledger.landings,
        topic: { publish: async (alert) => void world.alerts.push(alert) },
        target: { stage: 'dev' },
        settings,
      }),
  }

  const services: Record<string, (given: TaskArguments) => unknown> = {
    'glue:startJobRun.sync': (given) => {
      const batchId = given.Arguments?.['--batch_id'] ?? ''
      const manifest = changes.manifest?.(batchId) ?? ordersManifest(undefined, { batchId, contractVersion: contract.version })
      for (const { key } of manifest.partitions.flatMap((partition) => partition.files)) objects.set(key, batchId)
      objects.set(`runs/orders/${batchId}/manifest.json`, JSON.stringify(manifest))
      return { JobRunState: 'SUCCEEDED' }
    },
    'aws-sdk:glue:startDataQualityRulesetEvaluationRun': () => ({ RunId: 'dqrun-1' }),
    'aws-sdk:glue:getDataQualityRulesetEvaluationRun': () => ({
      Status: world.quality.statuses.length > 1 ? world.quality.statuses.shift() : world.quality.statuses[0],
      ResultIds: ['dqresult-1'],
    }),
    'aws-sdk:glue:startCrawler': () => ({}),
    'aws-sdk:glue:getCrawler': () => ({ Crawler: world.crawls.length > 1 ? world.crawls.shift() : world.crawls[0] }),
    'sqs:sendMessage': (given) => {
      world.queued.push(JSON.parse(given.MessageBody ?? ''))
      return { MessageId: '1' }
    },
  }

  async function task(call: TaskCall) {
    const given = call.arguments as TaskArguments
    const service = call.resource.replace('arn:aws:states:::', '')
    const name = service === 'lambda:invoke' ? (given.FunctionName ?? '').replace('FunctionArn', '') : service
    world.calls.push({ task: name, arguments: given, at: clock.now() })
    await world.before(name)
    const fault = world.faults.get(name)?.shift()
    const isFunction = service === 'lambda:invoke'
    if (fault) throw isFunction ? asFunctionError(fault) : fault
    if (world.hangs.has(name)) await new Promise(() => {})
    if (!isFunction) return services[service]?.(given)
    try {
      // What a function answers crosses the wire as JSON.
      return { Payload: JSON.parse(JSON.stringify((await functions[name]?.(given.Payload as never)) ?? null)) }
    } catch (error) {
      throw asFunctionError(error as Error)
    }
  }

  async function run(input: Parameters<typeof runStateMachine>[1], definition = machine('ingest')) {
    const result = await runStateMachine(definition, input, { tasks: task, clock, random: () => 0.5 })
    for (const event of result.history as { type: string; stateEnteredEventDetails?: { name: string } }[]) {
      if (event.stateEnteredEventDetails) world.visited.add(event.stateEnteredEventDetails.name)
    }
    return result
  }
  return world
}
export type IngestWorld = ReturnType<typeof ingestWorld>
