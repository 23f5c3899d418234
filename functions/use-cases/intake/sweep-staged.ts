import type { BatchRecord } from '../../domain/batch/record.ts'
import { forgetStaged } from '../batch/forget-staged.ts'
import type { Needs } from './intake.ts'

export type SweepStagedWorld = Needs<'batches' | 'registry' | 'log' | 'clock'>

/** Step Functions redrives an execution for 14 days: https://docs.aws.amazon.com/step-functions/latest/dg/redrive-executions.html */
const REDRIVE_DAYS = 14

/** A failed batch that no redrive can resume stages anew when it runs again: until then its staged partitions are of no use. */
export async function sweepStaged(row: BatchRecord, world: SweepStagedWorld): Promise<void> {
  const failedDays = (world.clock.now().getTime() - Date.parse(row.closedAt ?? row.startedAt)) / 86_400_000
  if (row.status !== 'failed' || row.stagedForgotten || failedDays <= REDRIVE_DAYS) return
  if (await forgetStaged(row, world)) await world.batches.save({ ...row, stagedForgotten: true })
}
