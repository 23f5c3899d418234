import { type BatchInput, batchInput } from '../../domain/batch/execution-end.ts'
import { objectsLeft } from '../../domain/batch/left-to-read.ts'
import { manifestOf } from '../../domain/batch/manifest/manifest.ts'
import type { BatchPlan } from '../../domain/batch/plan.ts'
import { runOf } from '../../domain/batch/publish/publication.ts'
import type { BatchRecord } from '../../domain/batch/record.ts'
import { claimsLandings } from '../../domain/batch/source.ts'
import { executionArn, executionName, manifestKey, planKey } from '../../domain/names.ts'
import { predicatesFor } from '../../domain/partition/predicate.ts'
import type { ExecutionView } from '../../ports/executions.ts'
import { forgetStaged } from '../batch/forget-staged.ts'
import { readBatchPlan } from '../batch/prepare/batch-plan.ts'
import type { Needs } from '../intake/intake.ts'

export type RerunWorld = Needs<
  'contracts' | 'landings' | 'batches' | 'executions' | 'registry' | 'log' | 'lake' | 'clock',
  'lakeBucket' | 'ingestStateMachineArn'
>

interface FailedRun {
  dataset: string
  batchId: string
  executionArn: string
  input: string
  row: BatchRecord | undefined
  execution: ExecutionView | undefined
}
interface Rerun {
  action: 'redrive' | 'new-execution' | 'nothing'
  because: string
  executionArn?: string
  leftOut?: number
  /** Nothing of the batch is left to do. */
  finished: boolean
}

/** Why a batch that is recorded as failed needs no further run. */
export const NOTHING_LEFT = 'a later batch has read its objects, or newer objects have replaced them'

/** Runs one failed batch again: on from where it stopped when that is still the same work, else from the start. */
export async function rerun(run: FailedRun, dryRun: boolean, world: RerunWorld): Promise<Rerun> {
  const plan = await readBatchPlan(run, world)
  const claims = plan !== undefined && claimsLandings(plan.source)
  const kept = claims ? await leftToRead(plan, world) : plan?.objects
  const leftOut = plan && kept ? plan.objects.length - kept.length : 0
  if (claims && kept?.length === 0) {
    if (!dryRun && run.row) {
      await world.batches.save({ ...run.row, status: 'superseded', closedAt: world.clock.now().toISOString() })
      await forgetStaged(run, world)
    }
    return { action: 'nothing', because: NOTHING_LEFT, leftOut, finished: true }
  }
  const obstacle = await whyNotRedrive(run, leftOut, world)
  if (obstacle === undefined) return redriveExecution(run, dryRun, world)
  return startAgain(run, plan && kept ? { ...plan, objects: kept } : undefined, { leftOut, because: obstacle, dryRun }, world)
}

async function whyNotRedrive(
  { dataset, executionArn: arn, row, execution }: FailedRun,
  leftOut: number,
  world: RerunWorld,
): Promise<string | undefined> {
  if (execution === undefined) return 'its execution is no longer known'
  if (!execution.redrivable) return execution.notRedrivableBecause ?? 'its execution cannot be redriven'
  if (leftOut > 0) return `without ${leftOut} of its objects, which have landed again, are gone, or have been read by a later batch`
  const version = (await world.contracts.find(dataset))?.version
  if (row?.contractVersion !== version) return 'the contract has changed since'
  const { resumable, because } = await world.executions.resumable(arn)
  return resumable ? undefined : because
}

async function redriveExecution(run: FailedRun, dryRun: boolean, world: RerunWorld): Promise<Rerun> {
  if (!dryRun) {
    await world.executions.redrive(run.executionArn)
    // After the call: an end of the execution that comes first is newer than this row, and finds it so.
    if (run.row)
      await world.batches.save({ ...run.row, status: 'running', stagedForgotten: false, redrives: (run.execution?.redrives ?? 0) + 1 })
  }
  return { action: 'redrive', because: 'definition, contract and input still hold', executionArn: run.executionArn, finished: false }
}

async function startAgain(
  run: FailedRun,
  plan: BatchPlan | undefined,
  { leftOut, because, dryRun }: { leftOut: number; because: string; dryRun: boolean },
  world: RerunWorld,
): Promise<Rerun> {
  const { dataset, batchId } = run
  const executions = (run.row?.executions ?? 1) + 1
  const arn = executionArn(world.settings.ingestStateMachineArn, `${batchId}-r${executions}`)
  const result: Rerun = { action: 'new-execution', because, executionArn: arn, leftOut, finished: false }
  if (dryRun) return result
  await keepManifest(run, world)
  const input = plan ? await rerunInput(run, plan, leftOut > 0 ? executions : 1, world) : JSON.parse(run.input)
  const saved = await world.batches.save({
    source: plan?.source ?? 'raw',
    startedAt: world.clock.now().toISOString(),
    revision: 0,
    ...run.row,
    dataset,
    batchId,
    status: 'running',
    stagedForgotten: false,
    executionArn: arn,
    executions,
    redrives: 0,
    input: JSON.stringify(input),
    contractVersion: (await world.contracts.find(dataset))?.version,
  })
  // The row is written first: of two that redrive at once one starts an execution, and a sweep starts it if that one dies here.
  if (!saved) return { action: 'nothing', because: 'another redrive of it is running', finished: false }
  await world.executions.start(world.settings.ingestStateMachineArn, executionName(arn), input)
  return result
}

/**
 * The job's next run writes the manifest anew. What it says now tells the sweep how to repair a partition in which a publisher of the earlier run was cut
 * off.
 */
async function keepManifest({ dataset, batchId }: FailedRun, { lake }: RerunWorld): Promise<void> {
  const text = await lake.getText(manifestKey(dataset, batchId))
  // No job has come so far, or what is there is no manifest: then nothing was published by it.
  const manifest = manifestOf(text)
  if (text !== undefined && manifest) await lake.putText(manifestKey(dataset, batchId, runOf(manifest)), text, { ifAbsent: true })
}

async function rerunInput(
  { dataset, batchId, input }: FailedRun,
  plan: BatchPlan,
  execution: number,
  { contracts, lake, settings, clock }: RerunWorld,
) {
  const given = batchInput(input) as BatchInput
  const { push_down_predicate: _predicate, partitions: _partitions, checkKeys: _checkKeys, ...rest } = given
  const key = planKey(dataset, batchId, execution)
  if (execution > 1) {
    const keys = (await contracts.find(dataset))?.source.partition_keys ?? []
    const predicates = predicatesFor(
      keys,
      plan.objects.map(({ partition }) => partition),
    )
    await lake.putText(key, JSON.stringify({ ...plan, predicates, createdAt: clock.now().toISOString() }), { ifAbsent: true })
  }
  const planUri = execution > 1 || given.planUri === undefined ? `s3://${settings.lakeBucket}/${key}` : given.planUri
  return { ...rest, batchId, source: plan.source, planUri }
}

async function leftToRead(plan: BatchPlan, { landings }: RerunWorld): Promise<BatchPlan['objects']> {
  const keys = plan.objects.map(({ key }) => key)
  return objectsLeft(plan, await landings.find(plan.dataset, keys))
}
