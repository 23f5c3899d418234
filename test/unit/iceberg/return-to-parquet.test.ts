import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { inMemoryLedger } from '../../../functions/adapters/ledger/in-memory/ledger.ts'
import { headOf, readMetadata, SOURCE, type TableMetadata, withMainAt, writeMetadata } from '../../../functions/domain/iceberg/metadata.ts'
import type { TablePointers } from '../../../functions/ports/catalog.ts'
import { registerFiles, returnToParquet } from '../../../functions/use-cases/batch/publish/return-to-parquet.ts'
import { memoryLake } from '../batch/memory-lake.ts'

const written = readMetadata(readFileSync(join(import.meta.dirname, 'written-by-iceberg.metadata.json'), 'utf8'))
if (!written) throw new Error('the recorded metadata cannot be read')
const START = 's3://lake/curated/orders/metadata/00009-a.metadata.json'
const now = new Date('2026-01-01T12:00:00Z')
const KIND = { contractVersion: 'v1', columns: { id: 'string' }, primaryKey: ['id'], partitionBy: ['day'], format: 'iceberg' }
const ROWS = ['curated/orders/day=2025-01-01/orders-1-0-0a1b2c3d.parquet', 'tombstones/orders/day=2025-01-01/orders-1-0-0a1b2c3d.parquet']

/** The recorded table, of which one batch is a migration. */
function migrated(batchId = 'orders-2', properties: Record<string, string> = { 'sluice.migrated-from': 'parquet' }): TableMetadata {
  const at = withMainAt(written as never, headOf(written as never, 'batch_orders-2') as string, START, now)
  const snapshots = at.snapshots.map((each) =>
    each.summary['sluice.batch-id'] === batchId ? { ...each, summary: { ...each.summary, [SOURCE]: 'migration' } } : each,
  )
  return { ...at, snapshots, properties: { ...at.properties, ...properties } }
}

function aTable({ metadata = migrated(), kind = KIND as object } = {}) {
  let untilKilled = Number.POSITIVE_INFINITY
  const count = () => {
    if (untilKilled-- <= 0) throw new Error('killed')
  }
  const { lake, objects } = memoryLake(
    new Map([
      ['tables/orders.json', JSON.stringify(kind)],
      [START.slice('s3://lake/'.length), writeMetadata(metadata)],
      ['curated/orders/data/day=2025-01-01/x.parquet', 'rolled back'],
      ['tombstones/orders/orders-m-0a1b2c3d/part-0.parquet', 'of the Iceberg table'],
      ...ROWS.map((key) => [key, 'rows'] as const),
    ]),
    count,
  )
  let isThere = true
  const tables: TablePointers = {
    find: async () => (isThere ? { version: '1', metadataLocation: START } : undefined),
    move: async () => false,
  }
  const entries = {
    forget: async () => {
      count()
      isThere = false
    },
  }
  const { leases } = inMemoryLedger({ now: () => now })
  return {
    objects,
    leases,
    killAfter: (calls: number) => void (untilKilled = calls),
    isInCatalog: () => isThere,
    format: () => JSON.parse(objects.get('tables/orders.json') ?? '{}').format,
    back: () => returnToParquet('orders', { lake, tables, entries, leases }),
  }
}

describe('a table returns to Parquet', () => {
  it('with its own files, and without anything of Iceberg', async () => {
    const table = aTable()
    await table.back()
    expect([...table.objects.keys()].sort()).toEqual([...ROWS, 'tables/orders.json'].sort())
    expect([table.isInCatalog(), table.format()]).toEqual([false, undefined])
    expect(await table.leases.holder('orders')).toBeUndefined()
  })

  it('when it was cut off anywhere and runs again; never is the entry gone while batches are let in', async () => {
    for (let calls = 0; calls < 12; calls++) {
      const table = aTable()
      table.killAfter(calls)
      await table.back().catch(() => {})
      if (!table.isInCatalog()) expect(table.format()).toBeUndefined()
      table.killAfter(Number.POSITIVE_INFINITY)
      await table.back()
      expect([...table.objects.keys()].sort()).toEqual([...ROWS, 'tables/orders.json'].sort())
    }
  })

  it('also when the migration did not get as far as its rows', async () => {
    const table = aTable({ kind: { ...KIND, format: undefined } })
    await table.back()
    expect(table.isInCatalog()).toBe(false)
  })

  it.each([
    { when: 'a batch was published since', metadata: migrated('orders-1'), why: 'has published batch orders-2 since' },
    { when: 'it never was one', metadata: migrated('none', {}), why: 'has published batch orders-2 since' },
  ])('but not when $when', async ({ metadata, why }) => {
    const table = aTable({ metadata })
    const before = new Map(table.objects)
    await expect(table.back()).rejects.toThrow(`orders cannot return to Parquet: it ${why}`)
    expect(table.objects).toEqual(before)
    expect(table.isInCatalog()).toBe(true)
  })

  it('and not while a batch is under way', async () => {
    const table = aTable()
    await table.leases.acquire('orders', 'arn:of:an:execution', 300)
    await expect(table.back()).rejects.toMatchObject({ name: 'LeaseUnavailableError' })
    expect(table.isInCatalog()).toBe(true)
  })
})

it('the catalog is shown each partition of a Parquet table once, by its values', async () => {
  const keys = ['day=2025-01-01/a.parquet', 'day=2025-01-01/b.parquet', 'day=a%2Fb/c.parquet', 'day=x/_SUCCESS']
  const { lake } = memoryLake(new Map(keys.map((key) => [`curated/orders/${key}`, ''])))
  const registered: object[] = []
  const registry = { register: async (_: string, partitions: object[]) => void registered.push(...partitions) }
  expect(await registerFiles('orders', { lake, registry, lakeBucket: 'lake' })).toBe(2)
  expect(registered).toEqual([
    { values: { day: '2025-01-01' }, location: 's3://lake/curated/orders/day=2025-01-01/' },
    { values: { day: 'a/b' }, location: 's3://lake/curated/orders/day=a%2Fb/' },
  ])
})
