import { describe, expect, it } from 'vitest'
import { closeBatch } from '../../../functions/use-cases/intake/close-batch.ts'
import { dismiss } from '../../../functions/use-cases/redrive/dismiss.ts'
import { redrive } from '../../../functions/use-cases/redrive/redrive.ts'
import { ARN, BATCH, failedBatch } from './failed-batch.ts'

const asked = { batchId: BATCH, by: 'ada', reason: 'a test file', dryRun: false }

describe('a failed batch that is dismissed', () => {
  it('is no longer open, records who and why, and leaves the queue', async () => {
    const { intake, world } = await failedBatch('FAILED')
    expect(await dismiss(asked, intake)).toEqual({ dataset: 'orders', batchId: BATCH, dismissed: true, messagesRemoved: 1 })
    expect(await intake.batches.open('orders')).toEqual([])
    const row = await intake.batches.find('orders', BATCH)
    expect(row).toMatchObject({ status: 'dismissed', dismissed: { by: 'ada', reason: 'a test file', at: expect.any(String) } })
    expect(world.failedBatches).toEqual([])
    expect(await redrive({ dryRun: false }, intake)).toEqual({ steps: [], messagesRemoved: 0 })
  })

  it('stays dismissed when the event of its failure arrives again', async () => {
    const { intake, end, alerts } = await failedBatch('ABORTED')
    await dismiss(asked, intake)
    const before = alerts.length
    await closeBatch(end, intake)
    expect(await intake.batches.find('orders', BATCH)).toMatchObject({ status: 'dismissed' })
    expect(alerts).toHaveLength(before)
  })

  it('can be dismissed again: what a first call left in the queue goes', async () => {
    const { intake, world } = await failedBatch('FAILED')
    await dismiss(asked, intake)
    world.failedBatches.push({ dataset: 'orders', batchId: BATCH, executionArn: ARN, input: { dataset: 'orders' } })
    world.failedBatches.push({
      dataset: 'orders',
      batchId: 'orders-20250131T120000Z-00000001',
      executionArn: ARN,
      input: { dataset: 'orders' },
    })
    const first = await intake.batches.find('orders', BATCH)
    expect(await dismiss({ ...asked, by: 'bob' }, intake)).toMatchObject({ dismissed: true, messagesRemoved: 1 })
    expect(await intake.batches.find('orders', BATCH)).toEqual(first)
    expect(world.failedBatches).toHaveLength(1)
  })

  it('changes nothing with --dry-run', async () => {
    const { intake, world } = await failedBatch('FAILED')
    expect(await dismiss({ ...asked, dryRun: true }, intake)).toMatchObject({ dismissed: false, messagesRemoved: 0 })
    expect(await intake.batches.find('orders', BATCH)).toMatchObject({ status: 'failed' })
    expect(world.failedBatches).toHaveLength(1)
  })

  it('is refused while it runs again, after it has succeeded, and where no batch has that id', async () => {
    const { intake, succeed } = await failedBatch('ABORTED')
    await redrive({ dryRun: false }, intake)
    expect(await dismiss(asked, intake)).toMatchObject({ dismissed: false, because: expect.stringContaining('running') })
    await succeed(ARN)
    expect(await dismiss(asked, intake)).toMatchObject({ dismissed: false, because: expect.stringContaining('succeeded') })
    expect(await dismiss({ ...asked, batchId: 'orders-20250131T120000Z-00000009' }, intake)).toBeUndefined()
    expect(await dismiss({ ...asked, batchId: 'anything' }, intake)).toBeUndefined()
  })
})
