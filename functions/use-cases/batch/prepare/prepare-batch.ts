import {
  type Batch,
  type Execution,
  type IngestInput,
  type LeftOut,
  LONGEST_EXECUTION_SECONDS,
  leftOutOf,
  manualBatchId,
  parseIngestInput,
} from '../../../domain/batch/batch.ts'
import { type BatchPlan, planSchema, planSource } from '../../../domain/batch/plan.ts'
import { traitsOf } from '../../../domain/batch/source.ts'
import { rebuildCommand } from '../../../domain/batch/table-kind.ts'
import type { CommandTarget } from '../../../domain/command/next-command.ts'
import type { Contract } from '../../../domain/contract/contract.ts'
import { InvalidInputError } from '../../../domain/errors.ts'
import { curatedCrawlerName, planKey, rulesetName, runPrefix, tableNames } from '../../../domain/names.ts'
import { selects } from '../../../domain/partition/predicate-evaluation.ts'
import { parsePredicate } from '../../../domain/partition/predicate-parser.ts'
import type { Batches } from '../../../ports/batches.ts'
import type { Catalog, PartitionProof, PartitionRegistry } from '../../../ports/catalog.ts'
import type { Clock } from '../../../ports/clock.ts'
import type { Contracts } from '../../../ports/contracts.ts'
import type { Landings } from '../../../ports/landings.ts'
import type { ObjectStore } from '../../../ports/object-store.ts'
import type { Counters } from '../../../ports/telemetry.ts'
import { recomputePlan } from '../../gold/recompute-plan.ts'
import { unreadLandings } from '../../intake/unread-landings.ts'
import { refuseChangedTable, refuseMigration } from './changed-table.ts'
import { rawPartitions, registerMissing } from './register-partitions.ts'
import { selectCurated, selectPartitions } from './select-partitions.ts'

export interface PrepareBatchDeps {
  contracts: Contracts
  catalog: Catalog
  landings: Pick<Landings, 'waiting' | 'find'>
  batches: Pick<Batches, 'open'>
  lake: ObjectStore
  proof: PartitionProof
  registry: Pick<PartitionRegistry, 'register'>
  counters: Counters
  clock: Clock
  /** The deployment that an execution is of, for commands in errors. */
  targetOf: (executionArn: string) => CommandTarget
  settings: { prefix: string; rawBucket: string; lakeBucket: string; database: string; contractsUri: string; leaseSeconds: number }
}

/** First state of ingest: checks what started the execution, and makes of it all that the later states need. */
export async function prepareBatch(event: { input?: unknown; execution: Execution }, deps: PrepareBatchDeps): Promise<Batch> {
  const input = parseIngestInput(event.input)
  const contract = await deps.contracts.find(input.dataset)
  if (!contract) throw new InvalidInputError(`dataset: "${input.dataset}" is not a dataset of this deployment`)
  const plan =
    input.planUri === undefined ? await writePlan(input, contract, event.execution, deps) : await readPlan(input, input.planUri, deps)
  const target = deps.targetOf(event.execution.id)
  if (traitsOf(plan.source).reads === 'parquet') await refuseMigration(contract, deps.lake)
  else if (!plan.rebuild) await refuseChangedTable(contract, target, deps.lake)
  const planUri = input.planUri ?? `s3://${deps.settings.lakeBucket}/${planKey(plan.dataset, plan.batchId)}`
  const leftOut = traitsOf(plan.source).reads === 'landings' ? await registerLandings(plan, contract, deps) : leftOutOf([])
  const described = describeBatch(plan, planUri, contract, event.execution, deps.settings)
  return { ...described, leftOut, rebuildCommand: rebuildCommand(plan.dataset, target) }
}

// A crawl that succeeded leaves out folders that it cannot classify: a header and one row, one column, another delimiter. What landed there
// is known from the ledger, so the job still finds it.
async function registerLandings({ dataset, objects }: BatchPlan, contract: Contract, deps: PrepareBatchDeps): Promise<LeftOut> {
  const partitions = rawPartitions(dataset, objects, contract.source.partition_keys, deps.settings.rawBucket)
  const registered = await registerMissing(tableNames(dataset).raw, partitions, deps)
  if (registered.length === 0 || contract.crawl === 'never') return leftOutOf([])
  deps.counters.count('PartitionsLeftOut', registered.length, { dataset })
  return leftOutOf(registered.map(({ location }) => location))
}

async function readPlan(input: IngestInput, planUri: string, { lake, settings }: PrepareBatchDeps): Promise<BatchPlan> {
  const folder = runPrefix(input.dataset, input.batchId ?? '')
  const key = planUri.slice(`s3://${settings.lakeBucket}/`.length)
  // A batch that runs again may have a later plan than its first: see planKey.
  if (
    planUri !== `s3://${settings.lakeBucket}/${key}` ||
    !key.startsWith(folder) ||
    !/^plan(-r\d+)?\.json$/.test(key.slice(folder.length))
  ) {
    throw new InvalidInputError(`planUri: the plan of batch ${input.batchId} is at s3://${settings.lakeBucket}/${folder}plan.json`)
  }
  const text = await lake.getText(key)
  if (text === undefined) throw new InvalidInputError(`planUri: there is no plan at ${planUri}`)
  const parsed = planSchema.safeParse(JSON.parse(text))
  if (!parsed.success || parsed.data.dataset !== input.dataset || parsed.data.batchId !== input.batchId) {
    throw new InvalidInputError(`planUri: ${planUri} is not the plan of batch ${input.batchId}`)
  }
  if (input.source !== undefined && input.source !== parsed.data.source) {
    throw new InvalidInputError(`source: is ${input.source}, but the plan reads ${parsed.data.source}`)
  }
  return parsed.data
}

async function writePlan(input: IngestInput, contract: Contract, execution: Execution, deps: PrepareBatchDeps): Promise<BatchPlan> {
  const source = input.source ?? (contract.gold ? 'recompute' : 'raw')
  const { reads } = traitsOf(source)
  if (contract.gold && reads !== 'curated' && reads !== 'parquet') return keepPlan(recomputePlan(input, execution, deps.clock), deps)
  if (reads === 'published' || reads === 'sources')
    throw new InvalidInputError(`source: ${source} is for gold datasets, and ${input.dataset} is none`)
  // Claimed landings are a plan of intake's own; parseIngestInput has refused them here.
  const zone = reads === 'landings' ? 'raw' : reads
  const partitions = zone === 'curated' ? await selectCurated(input, contract, deps.catalog) : undefined
  if (zone === 'parquet' && (input.partitions ?? input.push_down_predicate) !== undefined)
    throw new InvalidInputError(`source: a table is migrated as a whole; leave the selection out`)
  const predicates =
    zone === 'curated' || zone === 'parquet' ? [] : await selectPartitions(input, contract, tableNames(input.dataset)[zone], deps.catalog)
  const unread = zone === 'raw' ? await unreadLandings(input.dataset, selectedBy(predicates, contract), deps) : []
  const plan: BatchPlan = {
    dataset: input.dataset,
    batchId: manualBatchId(input.dataset, execution),
    ...planSource(source),
    predicates,
    objects: [],
    ...(unread.length > 0 && { unread }),
    ...(partitions && { partitions }),
    ...(input.checkKeys !== undefined && { checkKeys: input.checkKeys }),
    ...(input.rebuild && { rebuild: input.rebuild }),
    createdAt: deps.clock.now().toISOString(),
  }
  return keepPlan(plan, deps)
}

async function keepPlan(plan: BatchPlan, deps: PrepareBatchDeps): Promise<BatchPlan> {
  const key = planKey(plan.dataset, plan.batchId)
  if (await deps.lake.putText(key, JSON.stringify(plan), { ifAbsent: true })) return plan
  // A retry of this very execution: the existing plan counts, its time above all.
  return planSchema.parse(JSON.parse((await deps.lake.getText(key)) ?? 'null'))
}

function selectedBy(predicates: string[], { source }: Contract): (partition: Record<string, string>) => boolean {
  const parsed = predicates.map((predicate) => parsePredicate(predicate, source.partition_keys))
  return (partition) => parsed.length === 0 || parsed.some((predicate) => selects(predicate, partition))
}

function describeBatch(
  plan: BatchPlan,
  planUri: string,
  contract: Contract,
  execution: Execution,
  settings: PrepareBatchDeps['settings'],
): Omit<Batch, 'leftOut'> {
  const { dataset, batchId } = plan
  const { compute, quarantine } = contract
  const traits = traitsOf(plan.source)
  const contractsFolder = settings.contractsUri.slice(0, settings.contractsUri.lastIndexOf('/'))
  return {
    dataset,
    owner: contract.owner,
    batchId,
    source: plan.source,
    planUri,
    plannedAt: plan.createdAt,
    contractUri: `${contractsFolder}/${dataset}-${contract.version}.json`,
    contractVersion: contract.version,
    database: settings.database,
    tables: tableNames(dataset),
    references: Object.fromEntries(Object.entries(contract.references).map(([alias, other]) => [alias, tableNames(other).curated])),
    job: {
      workerType: compute.worker_type,
      workers: compute.workers,
      timeoutMinutes: compute.timeout_minutes,
      executionClass: compute.flex ? 'FLEX' : 'STANDARD',
      autoScaling: compute.auto_scaling,
    },
    crawler: curatedCrawlerName(settings.prefix, dataset),
    crawl: traits.crawled === 'as-contract' || contract.crawl === 'never' ? contract.crawl : traits.crawled,
    ruleset: contract.quality === undefined || !traits.judged ? null : rulesetName(settings.prefix, dataset),
    // A person who replays or backfills old rows learns the rate from what they started; that rate is no news about what lands.
    warnRate: traits.isNews ? quarantine.warn_rate : 1,
    haltRate: traits.halts ? quarantine.halt_rate : 1,
    // An execution that runs never loses it; a dead owner is found by its execution's status, so no batch waits for it.
    leaseSeconds: Math.max(settings.leaseSeconds, LONGEST_EXECUTION_SECONDS),
    execution,
  }
}
