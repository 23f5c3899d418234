import { describe, expect, it } from 'vitest'
import { manualBatchId } from '../../../functions/domain/batch/batch.ts'
import type { BatchPlan } from '../../../functions/domain/batch/plan.ts'
import { runOf } from '../../../functions/domain/batch/publish/publication.ts'
import { executionArn, manifestKey, planKey } from '../../../functions/domain/names.ts'
import { closeBatch } from '../../../functions/use-cases/intake/close-batch.ts'
import type { Intake } from '../../../functions/use-cases/intake/intake.ts'
import { sweep } from '../../../functions/use-cases/intake/sweep.ts'
import { unreadLandings } from '../../../functions/use-cases/intake/unread-landings.ts'
import { redrive } from '../../../functions/use-cases/redrive/redrive.ts'
import { ordersManifest } from '../batch/fixtures.ts'
import { ARN, BATCH, failedBatch, KEYS, landing } from './failed-batch.ts'
import { MACHINE } from './model/world.ts'

/** A batch by hand that noted both objects, and whose job read `read`; as word of its end. */
async function readByHand(intake: Intake, read: string[]) {
  const arn = executionArn(MACHINE, 'by-hand')
  const batchId = manualBatchId('orders', { id: arn, name: 'by-hand', startTime: '2025-01-31T13:00:00.000Z' })
  const unread = await unreadLandings('orders', () => true, intake)
  const plan: BatchPlan = { dataset: 'orders', batchId, source: 'raw', predicates: [], objects: [], unread, createdAt: 'then' }
  await intake.lake.putText(planKey('orders', batchId), JSON.stringify(plan))
  await intake.lake.putText(manifestKey('orders', batchId), JSON.stringify({ ...ordersManifest(), batchId, readLandings: read }))
  const times = { startedAt: '2025-01-31T13:00:00.000Z', stoppedAt: '2025-01-31T13:10:00.000Z' }
  return { executionArn: arn, input: '{"dataset":"orders"}', ...times, redrives: 0 }
}

describe('a batch that was cut off', () => {
  it.each(['ABORTED', 'TIMED_OUT'] as const)('(%s) is in the ledger and in the queue, and an alert is sent', async (status) => {
    const { world, alerts, statuses } = await failedBatch(status)
    expect(await statuses()).toEqual({ a: 'failed', b: 'failed' })
    expect(world.failedBatches).toMatchObject([{ batchId: BATCH, executionArn: ARN, input: { dataset: 'orders', batchId: BATCH } }])
    expect(alerts).toEqual([`batch-failed ${BATCH} ${status}`])
  })

  it('is redriven: the same execution goes on, and its message goes when it has succeeded', async () => {
    const { intake, world, succeed, statuses } = await failedBatch('ABORTED')
    const first = await redrive({ dryRun: false }, intake)
    expect(first).toMatchObject({ steps: [{ batchId: BATCH, action: 'redrive', executionArn: ARN }], messagesRemoved: 0 })
    expect((await redrive({ dryRun: false }, intake)).steps).toMatchObject([{ action: 'nothing', because: 'it runs' }])
    await succeed(ARN)
    expect(await statuses()).toEqual({ a: 'done', b: 'done' })
    expect(await redrive({ dryRun: false }, intake)).toMatchObject({
      steps: [{ action: 'nothing', because: 'it has succeeded' }],
      messagesRemoved: 1,
    })
    expect(world.failedBatches).toEqual([])
  })

  it('is not run again before its end is in the ledger, since until then its landings wait for the next batch as well', async () => {
    const { intake } = await failedBatch('ABORTED')
    const row = await intake.batches.find('orders', BATCH)
    if (row) await intake.batches.save({ ...row, status: 'running' })
    expect((await redrive({ dryRun: false }, intake)).steps).toMatchObject([
      { action: 'nothing', because: expect.stringContaining('not been recorded') },
    ])
  })

  it('stays closed when word of its first end comes again after the redrive', async () => {
    const { intake, end, succeed } = await failedBatch('ABORTED')
    await redrive({ dryRun: false }, intake)
    await succeed(ARN)
    await closeBatch(end, intake)
    expect(await intake.batches.find('orders', BATCH)).toMatchObject({ status: 'succeeded', redrives: 1 })
  })

  it('keeps the lease of its redrive when word of its first end comes late', async () => {
    const { intake, simulation, end } = await failedBatch('ABORTED')
    simulation.now = Date.parse('2025-01-31T12:20:00.000Z')
    await intake.leases.acquire('orders', ARN, 600)
    await closeBatch(end, intake)
    expect(await intake.leases.holder('orders')).toMatchObject({ owner: ARN })
  })
})

describe('a batch that failed', () => {
  it('runs again as a new execution under the same batch id, since a Fail state fails again', async () => {
    const { intake, world, succeed, statuses } = await failedBatch('FAILED')
    const { steps } = await redrive({ batchId: BATCH, dryRun: false }, intake)
    const again = executionArn(MACHINE, `${BATCH}-r2`)
    expect(steps).toMatchObject([{ action: 'new-execution', because: 'it ended in a Fail state', executionArn: again, leftOut: 0 }])
    expect(JSON.parse(world.executions.all.get(again)?.input ?? '{}')).toMatchObject({
      batchId: BATCH,
      planUri: `s3://lake/${planKey('orders', BATCH)}`,
    })
    await succeed(again)
    expect(await statuses()).toEqual({ a: 'done', b: 'done' })
    expect((await redrive({ dryRun: false }, intake)).messagesRemoved).toBe(1)
  })

  it('keeps the manifest of its earlier run, by which a sweep repairs what a publisher of that run left', async () => {
    const { intake } = await failedBatch('FAILED')
    const manifest = { ...ordersManifest(), batchId: BATCH }
    await intake.lake.putText(manifestKey('orders', BATCH), JSON.stringify(manifest))
    await redrive({ batchId: BATCH, dryRun: false }, intake)
    expect(await intake.lake.getText(manifestKey('orders', BATCH, runOf(manifest)))).toBe(JSON.stringify(manifest))
  })

  it('runs again although its manifest is cut off', async () => {
    const { intake } = await failedBatch('FAILED')
    await intake.lake.putText(manifestKey('orders', BATCH), '{"dataset"')
    expect((await redrive({ batchId: BATCH, dryRun: false }, intake)).steps).toMatchObject([{ action: 'new-execution' }])
  })

  it('says in the ledger why, in the sentence that its execution ended with', async () => {
    const { intake, end } = await failedBatch('FAILED')
    const cause = JSON.stringify({ errorMessage: '2 of 2 rows quarantined', errorType: 'QuarantineRateError', trace: [] })
    await closeBatch({ ...end, redrives: 1, error: 'QuarantineRateError', cause }, intake)
    expect(await intake.batches.find('orders', BATCH)).toMatchObject({ error: 'QuarantineRateError: 2 of 2 rows quarantined' })
  })

  it('leaves out what has landed again since, which belongs to a later batch', async () => {
    const { intake, succeed, statuses } = await failedBatch('ABORTED')
    await intake.landings.record([landing(KEYS[0] ?? '', '0B')])
    const { steps } = await redrive({ dryRun: false }, intake)
    expect(steps).toMatchObject([{ action: 'new-execution', because: expect.stringContaining('without 1 of its objects'), leftOut: 1 }])
    const plan = JSON.parse((await intake.lake.getText(planKey('orders', BATCH, 2))) ?? '{}')
    expect(plan).toMatchObject({ batchId: BATCH, objects: [{ key: KEYS[1] }] })
    await succeed(executionArn(MACHINE, `${BATCH}-r2`))
    expect(await statuses()).toEqual({ a: 'waiting', b: 'done' })
  })

  it('is over when everything of it has landed again', async () => {
    const { intake, forgotten } = await failedBatch('FAILED')
    await intake.landings.record(KEYS.map((key) => landing(key, '0B')))
    expect(await redrive({ dryRun: false }, intake)).toMatchObject({ steps: [{ action: 'nothing', leftOut: 2 }], messagesRemoved: 1 })
    expect(await intake.batches.find('orders', BATCH)).toMatchObject({ status: 'superseded' })
    expect(forgotten).toEqual([`orders_staged batch_id = '${BATCH}'`])
  })

  it('keeps its staged partitions while it can be resumed, and loses them when a sweep sees that it cannot', async () => {
    const { intake, forgotten, simulation } = await failedBatch('ABORTED')
    simulation.now = Date.UTC(2025, 1, 10)
    await sweep(intake, new Date(simulation.now + 60_000))
    expect(forgotten).toEqual([])
    for (let day = 0; day < 3; day += 1) {
      simulation.now = Date.UTC(2025, 2, 20 + day)
      await sweep(intake, new Date(simulation.now + 60_000))
    }
    expect(forgotten).toEqual([`orders_staged batch_id = '${BATCH}'`])
    expect(await intake.batches.find('orders', BATCH)).toMatchObject({ status: 'failed' })
    await redrive({ dryRun: false }, intake)
    expect(await intake.batches.find('orders', BATCH)).toMatchObject({ status: 'running', stagedForgotten: false })
  })

  it('is over when a batch by hand has read all of it, but not before that batch has succeeded', async () => {
    const { intake, statuses, forgotten } = await failedBatch('FAILED')
    const byHand = await readByHand(intake, KEYS)
    await closeBatch({ ...byHand, status: 'FAILED' }, intake)
    expect(await statuses()).toEqual({ a: 'failed', b: 'failed' })
    await closeBatch({ ...byHand, status: 'SUCCEEDED', redrives: 1 }, intake)
    expect(await statuses()).toEqual({ a: 'done', b: 'done' })
    expect(await intake.batches.find('orders', BATCH)).toMatchObject({ status: 'superseded' })
    expect(forgotten).toEqual([`orders_staged batch_id = '${BATCH}'`])
    expect(await redrive({ batchId: BATCH, dryRun: false }, intake)).toMatchObject({
      steps: [{ action: 'nothing', because: expect.stringContaining('a later batch has read') }],
      messagesRemoved: 1,
    })
  })

  it('runs again without what a batch by hand has read', async () => {
    const { intake, statuses } = await failedBatch('FAILED')
    await closeBatch({ ...(await readByHand(intake, KEYS.slice(1))), status: 'SUCCEEDED' }, intake)
    expect(await statuses()).toEqual({ a: 'failed', b: 'done' })
    const { steps } = await redrive({ batchId: BATCH, dryRun: false }, intake)
    expect(steps).toMatchObject([{ action: 'new-execution', leftOut: 1 }])
  })

  it('runs again from the start under a changed contract', async () => {
    const { intake } = await failedBatch('ABORTED')
    const find: typeof intake.contracts.find = async (dataset) => {
      const contract = await intake.contracts.find(dataset)
      return contract && { ...contract, version: '000000000002' }
    }
    const { steps } = await redrive({ dryRun: false }, { ...intake, contracts: { ...intake.contracts, find } })
    expect(steps).toMatchObject([{ action: 'new-execution', because: 'the contract has changed since' }])
  })

  it('is only spoken of in a dry run', async () => {
    const { intake, world } = await failedBatch('FAILED')
    const before = await intake.batches.find('orders', BATCH)
    expect((await redrive({ dryRun: true }, intake)).steps).toMatchObject([{ action: 'new-execution' }])
    expect(await intake.batches.find('orders', BATCH)).toEqual(before)
    expect(world.executions.all.size).toBe(1)
    expect(world.failedBatches).toHaveLength(1)
  })

  it('is left alone when another batch is asked for', async () => {
    const { intake, world } = await failedBatch('FAILED')
    expect((await redrive({ batchId: 'another', dryRun: false }, intake)).steps).toEqual([])
    expect(world.executions.all.size).toBe(1)
  })
})
