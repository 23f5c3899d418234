import { batchInput } from '../../domain/batch/execution-end.ts'
import { failedBatchSchema } from '../../domain/batch/failed-batch.ts'
import type { BatchRecord } from '../../domain/batch/record.ts'
import type { ExecutionView } from '../../ports/executions.ts'
import type { Needs } from '../intake/intake.ts'
import { NOTHING_LEFT, type RerunWorld, rerun } from './rerun-batch.ts'

export type RedriveWorld = RerunWorld & Needs<'contracts' | 'failedBatches'>

export interface RedriveRequest {
  /** One batch by its id; without it, every failed batch. */
  batchId?: string
  dataset?: string
  /** Reports what a redrive would do, and does nothing. */
  dryRun: boolean
}

export interface RedriveStep {
  dataset: string
  batchId: string
  /** redrive: the same execution goes on where it was cut off. new-execution: the batch runs again from its start. */
  action: 'redrive' | 'new-execution' | 'nothing'
  because: string
  executionArn?: string
  /** Objects of the batch that are left out, since something newer has landed at their key, they are gone, or a later batch has read them. */
  leftOut?: number
}

export interface RedriveReport {
  steps: RedriveStep[]
  /** Messages taken off the queue of failed batches, because their work has succeeded. */
  messagesRemoved: number
}

interface Candidate {
  dataset: string
  batchId: string
  row: BatchRecord | undefined
  message?: { executionArn: string; input: string }
  receipts: string[]
}

/**
 * Runs failed batches again: those that the ledger calls failed, and those of the queue. Reports for each what it does and why. A message leaves
 * the queue only when its work has succeeded, perhaps by an earlier redrive. So a second call never runs a batch twice.
 */
export async function redrive(request: RedriveRequest, world: RedriveWorld): Promise<RedriveReport> {
  const { candidates, unreadable } = await collect(world)
  const steps: RedriveStep[] = []
  let messagesRemoved = 0
  for (const candidate of candidates) {
    const asked =
      (request.batchId === undefined || request.batchId === candidate.batchId) &&
      (request.dataset === undefined || request.dataset === candidate.dataset)
    if (!asked) {
      await releaseAll(candidate.receipts, world)
      continue
    }
    const { step, finished } = await consider(candidate, request.dryRun, world)
    steps.push(step)
    if (finished && !request.dryRun) {
      for (const receipt of candidate.receipts) await world.failedBatches.remove(receipt)
      messagesRemoved += candidate.receipts.length
    } else await releaseAll(candidate.receipts, world)
  }
  await releaseAll(unreadable, world)
  return { steps, messagesRemoved }
}

async function releaseAll(receipts: string[], { failedBatches }: Needs<'failedBatches'>): Promise<void> {
  for (const receipt of receipts) await failedBatches.release(receipt)
}

async function collect(world: RedriveWorld): Promise<{ candidates: Candidate[]; unreadable: string[] }> {
  const candidates = new Map<string, Candidate>()
  const unreadable: string[] = []
  for (const { dataset } of await world.contracts.all()) {
    for (const row of await world.batches.open(dataset)) {
      if (row.status === 'failed') candidates.set(row.batchId, { dataset, batchId: row.batchId, row, receipts: [] })
    }
  }
  for await (const page of world.failedBatches.receive()) {
    for (const { receipt, body } of page) {
      const failure = readFailure(body)
      if (failure === undefined) {
        unreadable.push(receipt)
        continue
      }
      const { dataset, batchId, executionArn, input } = failure
      const existing = candidates.get(batchId) ?? { dataset, batchId, row: await world.batches.find(dataset, batchId), receipts: [] }
      existing.receipts.push(receipt)
      existing.message = { executionArn, input: JSON.stringify(input) }
      candidates.set(batchId, existing)
    }
  }
  return { candidates: [...candidates.values()].sort((left, right) => (left.batchId < right.batchId ? -1 : 1)), unreadable }
}

function readFailure(body: string) {
  try {
    return failedBatchSchema.safeParse(JSON.parse(body)).data
  } catch {
    return undefined
  }
}

async function consider(candidate: Candidate, dryRun: boolean, world: RedriveWorld): Promise<{ step: RedriveStep; finished: boolean }> {
  const { dataset, batchId, row, message } = candidate
  const nothing = (because: string, finished = false) => ({ step: { dataset, batchId, action: 'nothing' as const, because }, finished })
  const executionArn = row?.executionArn ?? message?.executionArn ?? ''
  const input = row?.input ?? message?.input ?? '{}'
  if (batchInput(input) === undefined) return nothing('its input is not a batch')
  const execution = await world.executions.describe(executionArn)
  if (row?.status === 'succeeded' || execution?.status === 'SUCCEEDED') return nothing('it has succeeded', true)
  if (row?.status === 'superseded') return nothing(NOTHING_LEFT, true)
  if (row?.status === 'dismissed') return nothing('it was dismissed', true)
  if (isRunning(execution)) return nothing('it runs')
  // Close-batch first marks its landings as failed; before that they count as waiting, and belong to the next batch as well.
  if (row && row.status !== 'failed') return nothing('its end has not been recorded yet; try again in a few minutes')
  const step = await rerun({ dataset, batchId, executionArn, input, row, execution }, dryRun, world)
  return { step: { dataset, batchId, ...step }, finished: step.finished }
}

const isRunning = (execution: ExecutionView | undefined) => execution?.status === 'RUNNING' || execution?.status === 'PENDING_REDRIVE'
