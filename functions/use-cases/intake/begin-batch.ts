import { type BatchPlan, planSource } from '../../domain/batch/plan.ts'
import type { BatchRecord } from '../../domain/batch/record.ts'
import type { Contract } from '../../domain/contract/contract.ts'
import { automaticBatchId, type Flow, type FlowMarks } from '../../domain/landing/flow.ts'
import type { Landing } from '../../domain/landing/landing.ts'
import { executionArn, executionName, planKey, rawPrefix } from '../../domain/names.ts'
import { folderValues, isSafePartitionValue } from '../../domain/partition/partition.ts'
import { predicatesFor } from '../../domain/partition/predicate.ts'
import type { Needs } from './intake.ts'

export type BeginBatchWorld = LaunchBatchWorld & Needs<'landings' | 'flows' | 'pauses' | 'lake'>

/**
 * Begins the dataset's next batch with the landings recorded by `through`. The order is such that after a death at any point the
 * next caller can finish: plan file (never changed once written), flow to batching, batch row, execution.
 */
export async function beginBatch(
  dataset: string,
  flow: Flow,
  through: string,
  world: BeginBatchWorld,
  { marks = {}, onlyIf }: { marks?: FlowMarks; onlyIf?: (landings: Landing[]) => Promise<boolean> } = {},
): Promise<'begun' | 'nothing-waits' | 'paused' | 'declined' | 'outrun'> {
  if (await world.pauses.find(dataset)) return 'paused'
  const claimed: Landing[] = []
  for await (const page of world.landings.waiting(dataset, through)) claimed.push(...page)
  if (claimed.length === 0) return 'nothing-waits'
  if (onlyIf && !(await onlyIf(claimed))) return 'declined'
  const batchId = automaticBatchId(dataset, through, flow.batches)
  const contract = await world.contracts.find(dataset)
  const plan = planOf(dataset, batchId, claimed, contract, world.clock.now())
  // An existing plan is that of an earlier attempt at this batch, and is as good: landings that it lacks still wait.
  await world.lake.putText(planKey(dataset, batchId), JSON.stringify(plan), { ifAbsent: true })
  const since = world.clock.now().toISOString()
  const moved = await world.flows.advance(dataset, flow, { phase: 'batching', batchId, since }, { ...marks, batches: flow.batches + 1 })
  if (!moved) return 'outrun'
  await launchBatch(dataset, batchId, world)
  return 'begun'
}

/** The source of a batch that intake begins. */
const sourceOf = (contract: Contract | undefined) => (contract?.gold === undefined ? 'landings' : 'gold')

function planOf(dataset: string, batchId: string, claimed: Landing[], contract: Contract | undefined, now: Date): BatchPlan {
  const objects = claimed
    .map(({ key, size, sequencer, partition, relanded }) => ({
      key,
      size,
      sequencer,
      partition,
      ...(relanded && { relanded: true as const }),
    }))
    .sort((left, right) => (left.key < right.key ? -1 : 1))
  const predicates = predicatesFor(
    contract?.source.partition_keys ?? [],
    objects.flatMap((object) => [object.partition, ...otherSpelling(dataset, object)]),
  )
  return { dataset, batchId, ...planSource(sourceOf(contract)), predicates, objects, createdAt: now.toISOString() }
}

// A crawler may note the folder `city=a%3Db` by a=b or as it is written: the predicate selects either, and the job goes by location.
function otherSpelling(dataset: string, { key, partition }: Pick<Landing, 'key' | 'partition'>): Record<string, string>[] {
  const folders = key.slice(rawPrefix(dataset).length).split('/').slice(0, -1)
  const asWritten = folderValues(folders.join('/'))
  const differs = Object.keys(partition).some((name) => partition[name] !== asWritten[name])
  return differs && Object.values(asWritten).every(isSafePartitionValue) ? [asWritten] : []
}

export type LaunchBatchWorld = Needs<'contracts' | 'batches' | 'executions' | 'counters' | 'clock', 'lakeBucket' | 'ingestStateMachineArn'>

/** Writes the batch's row and starts its execution; whatever part of that is done already stays as it is. */
export async function launchBatch(dataset: string, batchId: string, world: LaunchBatchWorld): Promise<void> {
  const row = (await world.batches.find(dataset, batchId)) ?? (await openRow(dataset, batchId, world))
  if (row.status !== 'running') return
  await world.executions.start(world.settings.ingestStateMachineArn, executionName(row.executionArn), JSON.parse(row.input))
}

async function openRow(
  dataset: string,
  batchId: string,
  { contracts, batches, counters, clock, settings }: LaunchBatchWorld,
): Promise<BatchRecord> {
  const contract = await contracts.find(dataset)
  const source = sourceOf(contract)
  const row: BatchRecord = {
    dataset,
    batchId,
    status: 'running',
    source,
    executionArn: executionArn(settings.ingestStateMachineArn, batchId),
    executions: 1,
    redrives: 0,
    input: JSON.stringify({ dataset, batchId, source, planUri: `s3://${settings.lakeBucket}/${planKey(dataset, batchId)}` }),
    contractVersion: contract?.version,
    startedAt: clock.now().toISOString(),
    revision: 0,
  }
  // A row that another caller wrote for this batch is the same row.
  if (await batches.save(row)) counters.count('BatchesStarted', 1, { dataset })
  return row
}
