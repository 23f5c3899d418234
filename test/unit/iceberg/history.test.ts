import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { icebergState } from '../../../cli/batches/dataset-status.ts'
import { inMemoryLedger } from '../../../functions/adapters/ledger/in-memory/ledger.ts'
import { publishedBatches, tableState } from '../../../functions/domain/iceberg/history.ts'
import {
  headOf,
  readMetadata,
  SOURCE,
  type TableMetadata,
  TOMBSTONES,
  withMainAt,
  writeMetadata,
} from '../../../functions/domain/iceberg/metadata.ts'
import type { TablePointers } from '../../../functions/ports/catalog.ts'
import { openTable } from '../../../functions/use-cases/batch/publish/iceberg-table.ts'
import { publishCommit } from '../../../functions/use-cases/batch/publish/publish-commit.ts'
import { previewRollback, readRollbacks, rollBack } from '../../../functions/use-cases/batch/publish/roll-back.ts'
import { removeBranches } from '../../../functions/use-cases/intake/remove-branches.ts'
import { ordersContract } from '../batch/fixtures.ts'
import { memoryLake } from '../batch/memory-lake.ts'

const written = readMetadata(readFileSync(join(import.meta.dirname, 'written-by-iceberg.metadata.json'), 'utf8'))
if (!written) throw new Error('the recorded metadata cannot be read')
const FOLDER = 's3://lake/curated/orders/metadata/'
const START = `${FOLDER}00009-a.metadata.json`
const now = new Date('2026-01-01T12:00:00Z')

/** The table after both batches of the recorded metadata were published. */
function aTable(metadata = withMainAt(written as never, headOf(written as never, 'batch_orders-2') as string, START, now)) {
  const { lake, objects } = memoryLake(new Map([[START.slice('s3://lake/'.length), writeMetadata(metadata)]]))
  const entry = { version: 1, location: START }
  const tables: TablePointers = {
    find: async () => ({ version: String(entry.version), metadataLocation: entry.location }),
    move: async (_, { version }, to) => {
      if (version !== String(entry.version)) return false
      Object.assign(entry, { version: entry.version + 1, location: to })
      return true
    },
  }
  const { leases } = inMemoryLedger({ now: () => now })
  const deps = { lake, leases, tables, clock: { now: () => now }, newUuid: () => crypto.randomUUID(), counters: { count: () => {} } }
  return { deps, entry, objects, leases }
}

const byAnn = { dataset: 'orders', by: 'ann', reason: 'wrong prices' }
const asked = { ...byAnn, isGold: false }

describe('the history of a table', () => {
  it('lists batches, newest first, with the rows that each wrote and replaced', async () => {
    const { deps } = aTable()
    const { metadata } = await openTable('orders', deps)
    expect(
      publishedBatches(metadata).map(({ batchId, rowsAdded, rowsReplaced, isCurrent }) => [batchId, rowsAdded, rowsReplaced, isCurrent]),
    ).toEqual([
      ['orders-2', 2, 1, true],
      ['orders-1', 3, 0, false],
    ])
  })
})

/** With more in the summary of a batch's snapshot. */
function noting(batchId: string, summary: Record<string, string>, { snapshots, ...rest }: TableMetadata): TableMetadata {
  const noted = snapshots.map((each) =>
    each.summary['sluice.batch-id'] === batchId ? { ...each, summary: { ...each.summary, ...summary } } : each,
  )
  return { ...rest, snapshots: noted }
}

describe('what readers see of it', () => {
  it('has as many rows as its files have, less those that deletes take out', async () => {
    const { metadata } = await openTable('orders', aTable().deps)
    expect(tableState(metadata)).toMatchObject({ rows: 4, rowsDeleted: 1, deleteFiles: 1, snapshots: written.snapshots.length })
  })

  it('is in the status, which a missing metadata file does not stop', async () => {
    const { deps } = aTable()
    expect(await icebergState('orders', deps as never)).toMatchObject({ rows: 4, rowsDeleted: 1, deleteFiles: 1 })
    const lake = { ...deps.lake, getText: async () => undefined }
    expect(await icebergState('orders', { ...deps, lake } as never)).toBeNull()
    expect(await icebergState('orders', { ...deps, tables: { ...deps.tables, find: async () => undefined } } as never)).toBeNull()
  })

  it('a compaction is told from a batch of files', async () => {
    const { metadata } = await openTable('orders', aTable().deps)
    expect(publishedBatches(noting('orders-2', { [SOURCE]: 'curated' }, metadata)).map(({ isCompaction }) => isCompaction)).toEqual([
      true,
      false,
    ])
  })
})

describe('removed keys', () => {
  const removed = '[["orders-2-0a1b2c3d",3]]'
  const branch = headOf(written, 'batch_orders-2') as string
  const noted = noting('orders-2', { [TOMBSTONES]: removed }, written)

  it('become those of the table together with its rows', () => {
    expect(withMainAt(noted, branch, START, now).properties[TOMBSTONES]).toBe(removed)
    expect(noted.properties[TOMBSTONES]).toBeUndefined()
  })

  it('go with a rollback to a batch that knew none, and no other property does', async () => {
    const { deps } = aTable(withMainAt(noted, branch, START, now))
    await rollBack({ ...asked, batchId: 'orders-1' }, deps)
    expect((await openTable('orders', deps)).metadata.properties).toEqual(written.properties)
  })
})

describe('a rollback', () => {
  it('moves the table back to a batch, and records who did it and what went', async () => {
    const { deps, leases } = aTable()
    expect((await previewRollback('orders', 'orders-1', deps)).undone.map(({ batchId }) => batchId)).toEqual(['orders-2'])
    await rollBack({ ...asked, batchId: 'orders-1' }, deps)
    const { metadata } = await openTable('orders', deps)
    expect(publishedBatches(metadata).map(({ batchId }) => batchId)).toEqual(['orders-1'])
    expect(metadata.snapshots).toEqual(written.snapshots)
    expect(await readRollbacks('orders', deps.lake)).toEqual([{ ...byAnn, to: 'orders-1', undone: ['orders-2'], at: now.toISOString() }])
    expect(await leases.holder('orders')).toBeUndefined()
  })

  it('of a gold table lets its next batch compute all of it', async () => {
    const { deps } = aTable()
    const kind = { contractVersion: 'v1', columns: { id: 'string' }, primaryKey: ['id'], partitionBy: [], format: 'iceberg' }
    await deps.lake.putText('tables/orders.json', JSON.stringify(kind))
    await rollBack({ ...byAnn, batchId: 'orders-1', isGold: true }, deps)
    expect(JSON.parse((await deps.lake.getText('tables/orders.json')) ?? '')).toEqual({ ...kind, contractVersion: '' })
  })

  it('to the batch where the table is changes nothing', async () => {
    const { deps, entry } = aTable()
    await rollBack({ ...asked, batchId: 'orders-2' }, deps)
    expect(entry.version).toBe(1)
  })

  it('names the batches that there are when it is asked for another', async () => {
    await expect(rollBack({ ...asked, batchId: 'orders-7' }, aTable().deps)).rejects.toThrow(
      'batch orders-7 is not in the history of orders; it has orders-2, orders-1',
    )
  })

  it('waits for no batch that is under way: it refuses, and changes nothing', async () => {
    const { deps, entry, leases } = aTable()
    await leases.acquire('orders', 'arn:running', 600)
    await expect(rollBack({ ...asked, batchId: 'orders-1' }, deps)).rejects.toMatchObject({ name: 'LeaseUnavailableError' })
    expect(entry.version).toBe(1)
  })

  it('makes a batch stale that was merged with what went', async () => {
    const { deps } = aTable()
    await rollBack({ ...asked, batchId: 'orders-1' }, deps)
    const head = headOf(written, 'batch_orders-2') as string
    const commit = { branch: 'batch_orders-2', snapshotId: head, baseSnapshotId: '1' }
    await expect(publishCommit({ table: 'orders', batchId: 'orders-2', commit }, async () => true, deps)).rejects.toMatchObject({
      name: 'StaleBatchError',
    })
  })
})

describe('the sweep', () => {
  const contract = ordersContract({ curated: { partition_by: ['order_date'], format: 'iceberg' } })

  it('removes the branch of a batch that failed, and leaves the table where it is', async () => {
    const { deps, leases } = aTable(written)
    await removeBranches(contract, { ...deps, settings: {} })
    const { metadata } = await openTable('orders', deps)
    expect(Object.keys(metadata.refs)).toEqual(['main'])
    expect(headOf(metadata)).toBe(headOf(written))
    expect(await leases.holder('orders')).toBeUndefined()
  })

  it('leaves the branch of a batch that is under way', async () => {
    const { deps, entry, leases } = aTable(written)
    await leases.acquire('orders', 'arn:running', 600)
    await removeBranches(contract, { ...deps, settings: {} })
    expect(entry.version).toBe(1)
  })
})
