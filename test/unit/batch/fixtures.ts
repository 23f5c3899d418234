import type { Batch } from '../../../functions/domain/batch/batch.ts'
import type { Manifest } from '../../../functions/domain/batch/manifest/manifest.ts'
import { type Contract, contractSchema, contractVersion } from '../../../functions/domain/contract/contract.ts'
import { tableNames } from '../../../functions/domain/names.ts'
import type { TablePointers } from '../../../functions/ports/catalog.ts'

export const EXECUTION = {
  id: 'arn:aws:states:eu-central-1:123456789012:execution:sluice-dev-ingest:orders-20250102T000000Z-0a1b2c3d',
  name: 'orders-20250102T000000Z-0a1b2c3d',
  startTime: '2025-01-02T00:00:00.000Z',
}

export function ordersContract(changes: Record<string, unknown> = {}): Contract {
  const contract = contractSchema.parse({
    dataset: 'orders',
    owner: 'commerce-data@example.com',
    source: { format: 'csv', partition_keys: ['month'] },
    columns: { order_id: 'string', amount: 'decimal(12,2)', order_date: 'date' },
    primary_key: ['order_id'],
    quarantine: { rules: { negative_amount: 'amount < 0' }, warn_rate: 0.01, halt_rate: 0.2 },
    quality: 'Rules = [ RowCount > 0 ]',
    references: { customers: 'customers' },
    curated: { partition_by: ['order_date'] },
    ...changes,
  })
  return { ...contract, version: contractVersion(contract) }
}

export function ordersBatch(changes: Partial<Batch> = {}): Batch {
  return {
    dataset: 'orders',
    owner: 'commerce-data@example.com',
    batchId: 'orders-b1',
    leftOut: { count: 0, names: [] },
    source: 'raw',
    planUri: 's3://lake/runs/orders/orders-b1/plan.json',
    plannedAt: '2025-01-02T00:00:00.000Z',
    contractUri: 's3://deploy/contracts/orders-v1.json',
    contractVersion: 'v1',
    database: 'sluice_dev',
    tables: tableNames('orders'),
    references: { customers: 'customers' },
    job: { workerType: 'G.1X', workers: 2, timeoutMinutes: 60, executionClass: 'STANDARD', autoScaling: true },
    crawler: 'sluice-dev_orders-curated',
    crawl: 'always',
    ruleset: 'sluice-dev_orders',
    warnRate: 0.01,
    haltRate: 0.2,
    leaseSeconds: 10_800,
    execution: EXECUTION,
    ...changes,
  }
}

/** Partition path → names of staged files, and of the curated files that they replace. */
export interface StagedPartition {
  files: string[]
  replaces?: string[]
}

export function ordersManifest(
  partitions: Record<string, StagedPartition> = { 'order_date=2025-01-01': { files: ['orders-b1-0.parquet'] } },
  changes: Partial<Manifest> = {},
): Manifest {
  const batchId = changes.batchId ?? 'orders-b1'
  return {
    dataset: 'orders',
    batchId,
    source: 'raw',
    contractVersion: 'v1',
    rows: { read: 1000, written: 900, duplicates: 60, superseded: 35, quarantined: 5 },
    quarantinedByRule: { negative_amount: 4, malformed_record: 1 },
    partitions: Object.entries(partitions).map(([path, { files, replaces = [] }]) => ({
      path,
      values: Object.fromEntries(path === '' ? [] : path.split('/').map((part) => part.split('='))),
      rows: 10,
      files: files.map((name) => ({ key: `staged/orders/batch_id=${batchId}/${path === '' ? '' : `${path}/`}${name}`, bytes: 100 })),
      replaces: replaces.map((name) => `curated/orders/${path === '' ? '' : `${path}/`}${name}`),
    })),
    quarantine: {
      files: [{ key: `quarantine/orders/month=2025-01/${batchId}-0.parquet`, bytes: 10 }],
      replaces: [],
      examples: [{ key: { order_id: 'o-17' }, reasons: ['negative_amount'], file: 's3://raw/raw/orders/month=2025-01/a.csv' }],
    },
    drift: { missing: {}, unknown: {} },
    missingObjects: [],
    input: { files: 3, bytes: 3000 },
    metrics: {},
    startedAt: '2025-01-02T00:01:00.000Z',
    finishedAt: '2025-01-02T00:03:00.000Z',
    ...changes,
  }
}

/** Of a compaction that makes one file of five. */
export function compactionManifest(batchId: string, changes: Partial<Manifest> = {}): Manifest {
  const replaces = ['a', 'b', 'c', 'd', 'e'].map((name) => `${name}.parquet`)
  return ordersManifest(
    { 'order_date=2025-01-01': { files: [`${batchId}-0.parquet`], replaces } },
    {
      batchId,
      source: 'curated',
      rows: { read: 0, written: 0, duplicates: 0, superseded: 0, quarantined: 0 },
      quarantinedByRule: {},
      quarantine: { files: [], replaces: [] },
      input: { files: 0, bytes: 0 },
      compacted: { rows: 10, files: 5, bytes: 500 },
      ...changes,
    },
  )
}

/** For publishers of Parquet tables, which have no business there. */
const noTables: TablePointers = {
  find: () => Promise.reject(new Error('a Parquet table has no metadata file')),
  move: () => Promise.reject(new Error('a Parquet table has no metadata file')),
}
export const noIceberg = { tables: noTables, clock: { now: () => new Date(0) } }
