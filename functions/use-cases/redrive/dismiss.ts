import { failedBatchSchema } from '../../domain/batch/failed-batch.ts'
import { datasetOfBatch } from '../../domain/batch/record.ts'
import { forgetStaged } from '../batch/forget-staged.ts'
import type { Needs } from '../intake/intake.ts'

export type DismissWorld = Needs<'batches' | 'failedBatches' | 'executions' | 'registry' | 'log' | 'clock'>

export interface DismissRequest {
  batchId: string
  by: string
  reason: string
  /** Reports what a dismissal would do, and does nothing. */
  dryRun: boolean
}

export interface Dismissal {
  dataset: string
  batchId: string
  /** Why not, where it was not. */
  because?: string
  dismissed: boolean
  /** Messages taken off the queue of failed batches. */
  messagesRemoved: number
}

/**
 * Ends a failed batch without running it again: it is over for `status`, for `redrive` and for its alerts. Its files stay in raw and in no
 * table; its record has who dismissed it, and why. Undefined for a batch that the ledger does not know. Called again, it finishes what a first
 * call has not.
 */
export async function dismiss({ batchId, by, reason, dryRun }: DismissRequest, world: DismissWorld): Promise<Dismissal | undefined> {
  const dataset = datasetOfBatch(batchId)
  const row = dataset === undefined ? undefined : await world.batches.find(dataset, batchId)
  if (dataset === undefined || row === undefined) return undefined
  const not = (because: string) => ({ dataset, batchId, because, dismissed: false, messagesRemoved: 0 })
  if (row.status !== 'failed' && row.status !== 'dismissed') return not(`it has not failed: it is ${row.status}`)
  const execution = await world.executions.describe(row.executionArn)
  if (execution?.status === 'RUNNING' || execution?.status === 'PENDING_REDRIVE') return not('it runs')
  if (dryRun) return { dataset, batchId, dismissed: false, messagesRemoved: 0 }
  if (row.status === 'failed') {
    const at = world.clock.now().toISOString()
    const saved = await world.batches.save({ ...row, status: 'dismissed', closedAt: at, dismissed: { by, reason, at } })
    if (!saved) return not('it changed meanwhile, perhaps by a redrive')
  }
  await forgetStaged({ dataset, batchId }, world)
  return { dataset, batchId, dismissed: true, messagesRemoved: await takeOff(batchId, world) }
}

async function takeOff(batchId: string, { failedBatches }: DismissWorld): Promise<number> {
  let removed = 0
  const others: string[] = []
  for await (const page of failedBatches.receive()) {
    for (const { receipt, body } of page) {
      if (batchOf(body) !== batchId) {
        others.push(receipt)
        continue
      }
      await failedBatches.remove(receipt)
      removed += 1
    }
  }
  for (const receipt of others) await failedBatches.release(receipt)
  return removed
}

function batchOf(body: string): string | undefined {
  try {
    return failedBatchSchema.safeParse(JSON.parse(body)).data?.batchId
  } catch {
    return undefined
  }
}
