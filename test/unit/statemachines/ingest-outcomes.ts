import { expect } from 'vitest'
import type { Manifest } from '../../../functions/domain/batch/manifest/manifest.ts'
import { ordersContract, ordersManifest } from '../batch/fixtures.ts'
import type { IngestWorld } from './world.ts'

export const INPUT = { dataset: 'orders', partitions: [{ month: '2025-01' }] }

/** A manifest of 1,000 rows with so many of them quarantined. */
export const withRows =
  (quarantined: number, changes: Partial<Manifest> = {}, partitions?: Parameters<typeof ordersManifest>[0]) =>
  (batchId: string) =>
    ordersManifest(partitions, {
      batchId,
      contractVersion: ordersContract().version,
      rows: { read: 1000, written: 1000 - quarantined, duplicates: 0, superseded: 0, quarantined },
      ...changes,
    })

export const callsOf = (world: IngestWorld, task: string) => world.calls.filter((call) => call.task === task)

export const curatedKeys = (world: IngestWorld) => [...world.objects.keys()].filter((key) => key.startsWith('curated/'))

/** What every failed batch must leave behind, whatever failed. */
export function expectHonestFailure(world: IngestWorld, result: { status: string; error?: string }, error: string, kind = 'batch-failed') {
  expect(result).toMatchObject({ status: 'FAILED', error })
  expect(world.lease).toBeUndefined()
  expect(world.queued).toMatchObject([{ dataset: 'orders', error, input: INPUT }])
  expect(world.alerts.map((alert) => alert.json.kind)).toEqual([kind])
}
