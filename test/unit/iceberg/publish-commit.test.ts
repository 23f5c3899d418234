import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { inMemoryLedger } from '../../../functions/adapters/ledger/in-memory/ledger.ts'
import type { Commit } from '../../../functions/domain/batch/manifest/manifest.ts'
import { columnsOf } from '../../../functions/domain/iceberg/evolution.ts'
import { publishedBatches } from '../../../functions/domain/iceberg/history.ts'
import { findSnapshot, headOf, readMetadata, type TableMetadata } from '../../../functions/domain/iceberg/metadata.ts'
import type { TablePointers } from '../../../functions/ports/catalog.ts'
import { publishBatch } from '../../../functions/use-cases/batch/publish/publish-batch.ts'
import { ordersBatch, ordersManifest } from '../batch/fixtures.ts'
import { memoryLake } from '../batch/memory-lake.ts'

/** As Iceberg 1.10 wrote it: `main` at one batch, and the next batch on its branch. */
const WRITTEN = readFileSync(join(import.meta.dirname, 'written-by-iceberg.metadata.json'), 'utf8')
const written = readMetadata(WRITTEN)
if (!written) throw new Error('the recorded metadata cannot be read')
const BRANCH = 'batch_orders-2'
const COMMIT = { branch: BRANCH, snapshotId: headOf(written, BRANCH) as string, baseSnapshotId: headOf(written) as string }
const LOCATION = 's3://lake/curated/orders/metadata/00004-5b0e0e51-6a4f-4e0b-9a8f-0f4b5a3b7c11.metadata.json'
const KEY = LOCATION.slice('s3://lake/'.length)

/** A column has another name, and another place. */
const OTHER_SCHEMA =
  '{ "type": "struct", "schema-id": 1, "fields": [{ "id": 2, "name": "order_date", "required": false, "type": "date" }, { "id": 1, "name": "id", "required": false, "type": "string" }] }'

class Crash extends Error {
  override readonly name = 'Crash'
}

/** A table in a catalog that checks versions, as Glue's does. */
function aTable({ text = WRITTEN as string | null, location = LOCATION as string | null, commit = COMMIT as Commit } = {}) {
  const manifest = ordersManifest(
    { 'order_date=2025-01-01': { files: ['orders-2-0.parquet'] } },
    { batchId: 'orders-2', commit, quarantine: { files: [], replaces: [] } },
  )
  const objects = new Map([['runs/orders/orders-2/manifest.json', JSON.stringify(manifest)]])
  if (text !== null) objects.set(KEY, text)
  let untilKilled = Number.POSITIVE_INFINITY
  const count = () => {
    if (untilKilled-- <= 0) throw new Crash('killed')
  }
  const { lake } = memoryLake(objects, count)
  const entry = { version: 7, location, moves: 0 }
  const tables: TablePointers = {
    async find() {
      count()
      return { version: String(entry.version), ...(entry.location !== null && { metadataLocation: entry.location }) }
    },
    async move(_, { from, version }, to) {
      count()
      if (String(entry.version) !== version || entry.location !== from) return false
      Object.assign(entry, { version: entry.version + 1, location: to, moves: entry.moves + 1 })
      count()
      return true
    },
  }
  const { leases } = inMemoryLedger({ now: () => new Date(0) })
  const deps = { lake, leases, tables, clock: { now: () => new Date() }, proof: { missing: async () => [] }, hasTime: () => true }
  return {
    objects,
    entry,
    leases,
    killAfter: (calls: number) => void (untilKilled = calls),
    publish: (changes: Partial<typeof deps> = {}) => publishBatch({ batch: ordersBatch({ batchId: 'orders-2' }) }, { ...deps, ...changes }),
    now: () => readMetadata(objects.get(entry.location?.slice('s3://lake/'.length) ?? '') ?? ''),
  }
}

describe('publishing a commit', () => {
  it('moves main to the batch, digit for digit, and changes nothing else', async () => {
    const table = aTable()
    expect(await table.publish()).toMatchObject({ done: true, crawlNeeded: false })
    const now = table.now()
    expect(now && headOf(now)).toBe(COMMIT.snapshotId)
    expect(now?.['current-snapshot-id']?.value).toBe(COMMIT.snapshotId)
    expect(COMMIT.snapshotId.length).toBeGreaterThan(16)
    expect(Object.keys(now?.refs ?? {})).toEqual(['main'])
    expect(now?.snapshots).toEqual(written.snapshots)
    expect(now?.['schemas']).toEqual(written['schemas'])
    expect(now?.['snapshot-log'].length).toBe(written['snapshot-log'].length + 1)
    expect(now?.['metadata-log'].at(-1)).toMatchObject({ 'metadata-file': LOCATION })
    expect(table.entry.location).toMatch(/^s3:\/\/lake\/curated\/orders\/metadata\/00005-[0-9a-f-]{36}\.metadata\.json$/)
  })

  it('makes other columns and another partitioning current in the same update', async () => {
    const text = WRITTEN.replace('"schemas": [', `"schemas": [${OTHER_SCHEMA},`).replace(
      '"partition-specs": [',
      '"partition-specs": [{ "spec-id": 1, "fields": [] }, ',
    )
    const commit = { ...COMMIT, schemaId: 1, specId: 1 }
    const table = aTable({ text, commit })
    await table.publish()
    const now = table.now()
    expect([now?.['current-schema-id'], now?.['default-spec-id']].map(String)).toEqual(['1', '1'])
    expect(String(findSnapshot(now as TableMetadata, COMMIT.snapshotId)?.['schema-id'])).toBe('1')
    expect(String(findSnapshot(now as TableMetadata, COMMIT.baseSnapshotId)?.['schema-id'])).toBe('0')
    expect(columnsOf(now as TableMetadata)).toEqual([
      { id: '2', name: 'order_date' },
      { id: '1', name: 'id' },
    ])
    await expect(aTable({ commit }).publish()).rejects.toThrow(/has lost the columns of batch orders-2; run it again/)
  })

  it('does nothing a second time', async () => {
    const table = aTable()
    await table.publish()
    expect(await table.publish()).toMatchObject({ done: true })
    expect(table.entry.moves).toBe(1)
  })

  it('shows the batch whole or not at all, wherever it is cut off, and goes on from there', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 12 }), { maxLength: 4 }), async (attempts) => {
        const table = aTable()
        for (const calls of attempts) {
          table.killAfter(calls)
          await table.publish().catch((error) => expect(error.name).toBe('Crash'))
          expect([COMMIT.baseSnapshotId, COMMIT.snapshotId]).toContain(headOf(table.now() ?? written))
        }
        table.killAfter(Number.POSITIVE_INFINITY)
        await table.publish()
        expect(table.entry.moves).toBe(1)
        expect(publishedBatches(table.now() ?? written).map(({ batchId }) => batchId)).toEqual(['orders-2', 'orders-1'])
      }),
      { numRuns: 60 },
    )
  })

  it('refuses where main has moved on since the job read it', async () => {
    const base = findSnapshot(written, COMMIT.baseSnapshotId)?.['parent-snapshot-id']?.value as string
    await expect(aTable({ commit: { ...COMMIT, baseSnapshotId: base } }).publish()).rejects.toMatchObject({
      name: 'StaleBatchError',
      message: 'batch orders-2 was curated before table orders last changed; run it again',
    })
  })

  it('refuses a snapshot that is gone, and one of another batch', async () => {
    await expect(aTable({ commit: { ...COMMIT, snapshotId: '1' } }).publish()).rejects.toMatchObject({ name: 'StaleBatchError' })
    const other = { ...COMMIT, snapshotId: COMMIT.baseSnapshotId }
    await expect(aTable({ commit: other }).publish()).rejects.toMatchObject({ name: 'ManifestError' })
  })

  it('asks to be run again when the catalog has another version at that moment', async () => {
    const table = aTable()
    const late = { find: async () => ({ version: '6', metadataLocation: LOCATION }), move: async () => false }
    await expect(table.publish({ tables: late })).rejects.toMatchObject({ name: 'TransientDependencyError' })
    expect(table.entry.moves).toBe(0)
  })

  it('changes nothing without the lease', async () => {
    const table = aTable()
    const leases = { ...table.leases, holds: async () => false }
    await expect(table.publish({ leases })).rejects.toMatchObject({ name: 'LeaseUnavailableError' })
    expect(table.entry.moves).toBe(0)
  })

  it('names a table that is not there, is no Iceberg table, or lost its metadata', async () => {
    const gone = { find: async () => undefined, move: async () => false }
    const messages = [
      aTable().publish({ tables: gone }),
      aTable({ location: null }).publish(),
      aTable({ text: null }).publish(),
      aTable({ text: '{}' }).publish(),
    ].map((attempt) => attempt.catch((error) => `${error.name}: ${error.message}`))
    expect(await Promise.all(messages)).toEqual([
      'ConfigurationError: table orders is not in the catalog',
      'ConfigurationError: table orders is in the catalog without metadata_location: it is not an Iceberg table',
      `ConfigurationError: the metadata of table orders is missing: ${LOCATION}`,
      `ConfigurationError: ${LOCATION} is not the metadata of an Iceberg table of format version 2`,
    ])
  })
})

it('the kind of a table that is migrated is noted once its rows are there, wherever publishing is cut off', async () => {
  const kind = {
    contractVersion: 'v1',
    columns: { order_id: 'string' },
    primaryKey: ['order_id'],
    partitionBy: [],
    format: 'iceberg' as const,
  }
  for (let calls = 0; calls < 20; calls++) {
    const table = aTable()
    const manifest = JSON.parse(table.objects.get('runs/orders/orders-2/manifest.json') ?? '{}')
    const rows = { read: 0, written: 0, duplicates: 0, superseded: 0, quarantined: 0 }
    const partitions = [{ path: '', values: {}, rows: 3, files: [], replaces: [] }]
    const compacted = { rows: 3, files: 1, bytes: 9, filesAfter: 1 }
    const changed = { ...manifest, source: 'migration', rows, replaced: 0, quarantinedByRule: {}, partitions, compacted, table: kind }
    table.objects.set('runs/orders/orders-2/manifest.json', JSON.stringify(changed))
    table.killAfter(calls)
    await table.publish().catch(() => {})
    if (table.objects.has('tables/orders.json')) expect(table.entry.moves).toBe(1)
    table.killAfter(Number.POSITIVE_INFINITY)
    expect(await table.publish()).toMatchObject({ done: true })
    expect([table.entry.moves, JSON.parse(table.objects.get('tables/orders.json') ?? '{}').format]).toEqual([1, 'iceberg'])
  }
})
