import { expect, it } from 'vitest'
import { statusOf } from '../../../cli/batches/dataset-status.ts'
import type { Deployment } from '../../../cli/deployment/connect.ts'
import { inMemoryLedger } from '../../../functions/adapters/ledger/in-memory.ts'
import { planSource } from '../../../functions/domain/batch/plan.ts'
import type { BatchRecord } from '../../../functions/domain/batch/record.ts'
import { rowsInTable } from '../../../functions/domain/batch/table-rows.ts'
import { manifestKey, planKey } from '../../../functions/domain/names.ts'
import { ordersManifest } from '../batch/fixtures.ts'
import { memoryLake } from '../batch/memory-lake.ts'

const clock = { now: () => new Date('2025-01-02T00:00:00.000Z') }
const KEYS = ['a', 'b'].map((name) => `raw/orders/month=2025-01/${name}.csv`)

async function world() {
  const ledger = inMemoryLedger(clock)
  const { lake, objects } = memoryLake()
  const landing = { dataset: 'orders', size: 1, etag: 'e', sequencer: '1', partition: { month: '2025-01' }, deleted: false }
  const times = [0, 1].map((hour) => `2025-01-01T0${hour}:00:00.000Z`)
  await ledger.landings.record(
    KEYS.map((key, place) => ({ ...landing, key, landedAt: times[place] as string, recordedAt: times[place] as string })),
  )
  const save = (batch: Partial<BatchRecord> & Pick<BatchRecord, 'batchId' | 'status' | 'source'>) =>
    ledger.batches.save({
      dataset: 'orders',
      executionArn: 'arn',
      executions: 1,
      redrives: 0,
      input: '{}',
      startedAt: times[0] as string,
      revision: 0,
      ...batch,
    })
  const deployment = { ...ledger, lake, clock, settings: { lakeBucket: 'lake' } } as unknown as Deployment
  return { objects, save, status: () => statusOf('orders', deployment) }
}

it('a file that a running batch has claimed does not wait', async () => {
  const { objects, save, status } = await world()
  expect((await status()).waiting).toEqual({ objects: 2, since: '2025-01-01T00:00:00.000Z' })
  const claimed = [{ key: KEYS[0], size: 1, sequencer: '1', partition: { month: '2025-01' } }]
  objects.set(
    planKey('orders', 'orders-b1'),
    JSON.stringify({ dataset: 'orders', batchId: 'orders-b1', ...planSource('landings'), predicates: [], objects: claimed, createdAt: '' }),
  )
  await save({ batchId: 'orders-b1', status: 'running', source: 'landings' })
  expect((await status()).waiting).toEqual({ objects: 1, since: '2025-01-01T01:00:00.000Z' })
})

it('a failed batch has written nothing, whatever its job has staged', async () => {
  const { objects, save, status } = await world()
  const rows = { read: 10, written: 9, duplicates: 0, superseded: 0, quarantined: 1 }
  objects.set(manifestKey('orders', 'orders-b1'), JSON.stringify(ordersManifest(undefined, { rows })))
  await save({ batchId: 'orders-b1', status: 'failed', source: 'landings', error: 'QualityGateError: IsUnique' })
  expect((await status()).failed[0]?.rows).toEqual({ ...rows, written: 0 })
  expect(rowsInTable(rows, { status: 'failed', error: 'CrawlFailedError: lacks a partition' })).toEqual(rows)
})

it('a table is as fresh as its last batch of news: a backfill and a replay change nothing', async () => {
  const { save, status } = await world()
  await save({ batchId: 'orders-1', status: 'succeeded', source: 'landings', closedAt: '2025-01-01T12:00:00.000Z' })
  await save({ batchId: 'orders-2', status: 'succeeded', source: 'backfill', closedAt: '2025-01-01T23:00:00.000Z' })
  await save({ batchId: 'orders-3', status: 'succeeded', source: 'quarantine', closedAt: '2025-01-01T23:30:00.000Z' })
  expect(await status()).toMatchObject({ freshnessSeconds: 43_200, lastGood: { batchId: 'orders-3' } })
})
