import pMap from 'p-map'
import {
  type BackfillInput,
  type BackfillPlan,
  backfillFolder,
  backfillId,
  parseBackfillInput,
  planChunks,
} from '../../domain/backfill/backfill.ts'
import { type Coverage, coverageOf, type PlannedBatch, skipReason } from '../../domain/backfill/coverage.ts'
import { backfillLease } from '../../domain/backfill/lease.ts'
import type { Execution } from '../../domain/batch/batch.ts'
import { planSchema } from '../../domain/batch/plan.ts'
import type { BatchRecord } from '../../domain/batch/record.ts'
import { readsRawFiles } from '../../domain/batch/source.ts'
import type { Contract } from '../../domain/contract/contract.ts'
import { estimateBackfill } from '../../domain/cost/estimate.ts'
import { DuplicateRunError, InvalidInputError } from '../../domain/errors.ts'
import { planKey, tableNames } from '../../domain/names.ts'
import { readPartition } from '../../domain/partition/named-partition.ts'
import { partitionPath } from '../../domain/partition/partition.ts'
import { selectRange } from '../../domain/partition/range.ts'
import type { Batches } from '../../ports/batches.ts'
import type { Catalog } from '../../ports/catalog.ts'
import type { Contracts } from '../../ports/contracts.ts'
import type { Executions } from '../../ports/executions.ts'
import type { Leases } from '../../ports/leases.ts'
import type { ObjectStore } from '../../ports/object-store.ts'
import { acquireLease } from '../batch/acquire-lease.ts'

/** The ledger remembers batches for 90 days; of a dataset with more than these, only the newest are read. */
const BATCHES_LOOKED_AT = 5000
const BATCHES_FOR_ESTIMATE = 20
const PLANS_AT_ONCE = 16
const MONTH_SECONDS = 30 * 86_400

export interface PlanBackfillDeps {
  contracts: Contracts
  catalog: Catalog
  batches: Pick<Batches, 'recent'>
  lake: Pick<ObjectStore, 'getText' | 'putText'>
  leases: Leases
  executions: Pick<Executions, 'describe'>
}

/** First state of backfill: what there is to read, without what has been read, in chunks that S3 holds. */
export async function planBackfill(event: { input?: unknown; execution: Execution }, deps: PlanBackfillDeps): Promise<BackfillPlan> {
  const input = parseBackfillInput(event.input)
  const contract = await deps.contracts.find(input.dataset)
  if (!contract) throw new InvalidInputError(`dataset: "${input.dataset}" is not a dataset of this deployment`)
  if (!input.dryRun) await holdBackfillLease(input.dataset, event.execution, deps)
  const id = backfillId(input, contract)
  const records = await deps.batches.recent(input.dataset, BATCHES_LOOKED_AT)
  const partitions = await rawPartitions(contract, deps.catalog)
  const { selected, widened } = select(input, contract, partitions)
  const { wanted, skipped } = await leaveOutDone(input, contract, id, selected, records, deps)
  const chunks = planChunks(input, id, event.execution.id, wanted)
  const folder = backfillFolder(input.dataset, id, event.execution.name)
  const plan: BackfillPlan = {
    dataset: input.dataset,
    backfillId: id,
    dryRun: input.dryRun,
    folder,
    chunksKey: `${folder}chunks.json`,
    chunks: chunks.length,
    partitions: wanted.length,
    skipped,
    widened,
    estimate: estimateBackfill(chunks.length, contract, durations(records)),
    maxConcurrency: input.maxConcurrency,
    toleratedFailurePercentage: input.toleratedFailurePercentage,
  }
  await deps.lake.putText(plan.chunksKey, JSON.stringify(chunks))
  await deps.lake.putText(`${folder}plan.json`, JSON.stringify({ ...plan, input }, null, 1))
  return plan
}

async function holdBackfillLease(dataset: string, execution: Execution, deps: PlanBackfillDeps): Promise<void> {
  const lease = await acquireLease({ batch: { dataset: backfillLease(dataset), leaseSeconds: MONTH_SECONDS, execution } }, deps)
  if (!lease.acquired) throw new DuplicateRunError(`a backfill of ${dataset} runs already: ${lease.owner}`)
}

async function rawPartitions(contract: Contract, catalog: Catalog): Promise<Record<string, string>[]> {
  // Without partition keys there is one thing to read, all of it.
  return contract.source.partition_keys.length === 0 ? [{}] : catalog.partitions(tableNames(contract.dataset).raw)
}

function select(input: BackfillInput, contract: Contract, partitions: Record<string, string>[]) {
  const keys = contract.source.partition_keys
  if (input.from !== undefined || input.to !== undefined) return selectRange(partitions, keys, input.from, input.to)
  if (!input.partitions) return { selected: partitions, widened: null }
  const asked = input.partitions.map((partition, index) => readPartition(partition, keys, `partitions.${index}`))
  const covers = (wanted: Record<string, string>, found: Record<string, string>) =>
    Object.entries(wanted).every(([key, value]) => found[key] === value)
  const missing = asked.findIndex((wanted) => !partitions.some((found) => covers(wanted, found)))
  if (missing !== -1) {
    throw new InvalidInputError(
      `partitions.${missing}: ${JSON.stringify(asked[missing])} is not a partition of ${tableNames(input.dataset).raw}`,
    )
  }
  return { selected: partitions.filter((found) => asked.some((wanted) => covers(wanted, found))), widened: null }
}

async function leaveOutDone(
  input: BackfillInput,
  contract: Contract,
  id: string,
  selected: Record<string, string>[],
  records: BatchRecord[],
  deps: PlanBackfillDeps,
) {
  const keys = contract.source.partition_keys
  const planned = await pMap(records, (record) => withPlan(record, deps.lake), { concurrency: PLANS_AT_ONCE })
  const coverage: Map<string, Coverage> = coverageOf(planned, selected, keys, id)
  const isCurated = await curatedLookup(contract, deps.catalog)
  const skipped: Record<string, number> = {}
  const wanted = selected.filter((partition) => {
    const reason = skipReason(input.only, coverage.get(partitionPath(partition, keys)), isCurated(partition))
    if (reason !== undefined) skipped[reason] = (skipped[reason] ?? 0) + 1
    return reason === undefined
  })
  wanted.sort((left, right) => (partitionPath(left, keys) < partitionPath(right, keys) ? -1 : 1))
  return { wanted, skipped }
}

async function withPlan(record: BatchRecord, lake: Pick<ObjectStore, 'getText'>): Promise<PlannedBatch> {
  const parsed = planSchema.safeParse(JSON.parse((await lake.getText(planKey(record.dataset, record.batchId))) ?? 'null'))
  return { record, plan: parsed.success ? parsed.data : undefined }
}

/** A curated partition shows that a raw one was read only if every curated partition key is a raw one. */
async function curatedLookup(
  { dataset, source, curated }: Contract,
  catalog: Catalog,
): Promise<(partition: Record<string, string>) => boolean> {
  const keys = curated.partition_by
  // Its partitions are in its own metadata; what batches have read is in the ledger.
  if (curated.format === 'iceberg') return () => false
  if (keys.length === 0 || !keys.every((key) => source.partition_keys.includes(key))) return () => false
  const present = new Set((await catalog.partitions(tableNames(dataset).curated)).map((partition) => partitionPath(partition, keys)))
  return (partition) => present.has(partitionPath(partition, keys))
}

const durations = (records: BatchRecord[]) =>
  records
    .filter((record) => record.status === 'succeeded' && readsRawFiles(record.source) && record.closedAt !== undefined)
    .slice(0, BATCHES_FOR_ESTIMATE)
    .map((record) => (Date.parse(record.closedAt ?? '') - Date.parse(record.startedAt)) / 1000)
    .filter((seconds) => seconds > 0)
