import type { BatchPlan } from '../../../functions/domain/batch/plan.ts'
import { executionArn, planKey } from '../../../functions/domain/names.ts'
import { closeBatch } from '../../../functions/use-cases/intake/close-batch.ts'
import { calmWorld } from './calm-world.ts'
import { MACHINE } from './model/world.ts'

export const BATCH = 'orders-20250131T120000Z-0badc0de'
export const ARN = executionArn(MACHINE, BATCH)
export const KEYS = ['raw/orders/day=01/a.csv', 'raw/orders/day=01/b.csv']

/** A batch of two objects whose execution has ended in `status`, as close-batch leaves it. */
export async function failedBatch(status: 'FAILED' | 'ABORTED' | 'TIMED_OUT') {
  const calm = calmWorld()
  const { intake, world } = calm
  await intake.landings.record(KEYS.map((key) => landing(key, '0A')))
  const objects = KEYS.map((key) => ({ key, size: 5, sequencer: '0A', partition: { day: '01' } }))
  const plan: BatchPlan = { dataset: 'orders', batchId: BATCH, source: 'landings', predicates: ["day = '01'"], objects, createdAt: 'then' }
  await intake.lake.putText(planKey('orders', BATCH), JSON.stringify(plan))
  const input = { dataset: 'orders', batchId: BATCH, source: 'landings', planUri: `s3://lake/${planKey('orders', BATCH)}` }
  const contractVersion = (await intake.contracts.find('orders'))?.version
  const row = {
    dataset: 'orders',
    batchId: BATCH,
    status: 'running',
    source: 'landings',
    executionArn: ARN,
    executions: 1,
    redrives: 0,
  } as const
  await intake.batches.save({ ...row, input: JSON.stringify(input), contractVersion, startedAt: '2025-01-31T12:00:00.000Z', revision: 0 })
  await intake.executions.start(MACHINE, BATCH, input)
  const execution = world.executions.all.get(ARN)
  if (execution) Object.assign(execution, { status, redrivable: true, stoppedAt: '2025-01-31T12:10:00.000Z' })
  if (status === 'FAILED') world.failedBatches.push({ dataset: 'orders', batchId: BATCH, executionArn: ARN, input })
  const end = { executionArn: ARN, status, input: JSON.stringify(input), startedAt: '', stoppedAt: '2025-01-31T12:10:00.000Z', redrives: 0 }
  await closeBatch(end, intake)
  const statuses = async () => Object.fromEntries((await intake.landings.find('orders', KEYS)).map((row) => [row.key.at(-5), row.status]))
  return {
    ...calm,
    end,
    statuses,
    succeed: (arn: string) => closeBatch({ ...end, ...runOf(world.executions.all.get(arn)), status: 'SUCCEEDED' }, intake),
  }
}

const runOf = (execution: { arn: string; input: string; redrives: number } | undefined) => {
  if (execution) Object.assign(execution, { status: 'SUCCEEDED' })
  return { executionArn: execution?.arn ?? '', input: execution?.input ?? '{}', redrives: execution?.redrives ?? 0 }
}
export const landing = (key: string, sequencer: string) => ({
  dataset: 'orders',
  key,
  sequencer,
  size: 5,
  etag: sequencer,
  partition: { day: '01' },
  landedAt: '2025-01-31T12:00:00.000Z',
  recordedAt: '2025-01-31T12:00:00.000Z',
  deleted: false,
})
