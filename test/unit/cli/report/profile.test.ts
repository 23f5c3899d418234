import { describe, expect, it } from 'vitest'
import { profileModel } from '../../../../cli/report/model/profile.ts'
import { syntheticDataset } from '../../../browser/synthetic-facts.ts'

describe('the profile in the report', () => {
  it('is that of the last batch, beside the last good one before it', () => {
    const { batches } = syntheticDataset('orders', 5)
    const profile = profileModel(batches)
    expect(profile).toMatchObject({ batchId: batches[4]?.batchId, before: batches[3]?.batchId })
    const changes = Object.fromEntries(profile?.columns.map(({ name, changes }) => [name, changes]) ?? [])
    expect(changes).toMatchObject({ order_id: [], customer_id: ['NULLs 0% → 8%'], amount: ['max 480.00 → 99000.00'], email: [] })
  })

  it('is that of a failed batch, which is what one looks for, but a failed batch is no measure for the next', () => {
    const { batches } = syntheticDataset('orders', 4, 3)
    expect(profileModel(batches.slice(0, 3))?.batchId).toBe(batches[2]?.batchId)
    expect(profileModel(batches)?.before).toBe(batches[1]?.batchId)
  })

  it('leaves out replays and backfills, and batches from before there were profiles', () => {
    const [first, replay] = syntheticDataset('orders', 2).batches
    if (!first?.manifest || !replay) throw new Error('no batch')
    expect(profileModel([first, { ...replay, source: 'quarantine' }])).toMatchObject({ batchId: first.batchId, before: null })
    const { profile: _, ...older } = first.manifest
    expect(profileModel([{ ...first, manifest: older }])).toBeNull()
  })
})
