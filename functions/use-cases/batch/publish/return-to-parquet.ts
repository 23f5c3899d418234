import { InvalidInputError, LeaseUnavailableError } from '../../../domain/errors.ts'
import { isAsMigrated, publishedBatches } from '../../../domain/iceberg/history.ts'
import { curatedPrefix, SWEEP_OWNER, tableKindKey, tableNames, tombstonesFolder } from '../../../domain/names.ts'
import { folderValues, hiveDecoded } from '../../../domain/partition/partition.ts'
import type { PartitionRegistry, TableEntries } from '../../../ports/catalog.ts'
import type { Leases } from '../../../ports/leases.ts'
import type { ObjectStore } from '../../../ports/object-store.ts'
import { readTableKind } from '../prepare/changed-table.ts'
import { openTable, type TableDeps } from './iceberg-table.ts'

export interface ReturnToParquetDeps extends Pick<TableDeps, 'tables'> {
  lake: Pick<ObjectStore, 'getText' | 'putText' | 'list' | 'remove'>
  entries: TableEntries
  leases: Pick<Leases, 'acquire' | 'release'>
}

const LEASE_SECONDS = 900

/** What Iceberg keeps below `curated/<dataset>/`. Folders of partitions have an `=` in their name. */
const ICEBERG_FOLDERS = ['metadata/', 'data/']

/** @throws InvalidInputError for a table that has published a batch since it was migrated, naming it */
export async function refuseReturn(dataset: string, deps: Pick<ReturnToParquetDeps, 'tables' | 'lake'>): Promise<void> {
  const table = tableNames(dataset).curated
  const kind = await readTableKind(dataset, deps.lake)
  const pointer = await deps.tables.find(table)
  // An attempt that was cut off has noted the kind first.
  if (kind?.format !== 'iceberg' && pointer?.metadataLocation === undefined) return
  if (pointer === undefined) throw new InvalidInputError(`table ${table} is not in the catalog, so nothing tells whether it was migrated`)
  const { metadata } = await openTable(table, deps)
  if (isAsMigrated(metadata) && (metadata.properties['sluice.migrated-from'] === 'parquet' || kind?.format !== 'iceberg')) return
  const [newest] = publishedBatches(metadata)
  const why = newest
    ? `has published batch ${newest.batchId} since, which only the Iceberg table has`
    : 'was an Iceberg table from the start'
  throw new InvalidInputError(`${dataset} cannot return to Parquet: it ${why}`)
}

/**
 * Makes the table the Parquet table again that it was: no file of it was written again. What is noted of its kind changes first, so that no batch is published
 * meanwhile; then the catalog's entry goes, then Iceberg's own files. It can stop anywhere and be run again.
 * @throws LeaseUnavailableError while a batch of the dataset is under way
 */
export async function returnToParquet(dataset: string, deps: ReturnToParquetDeps): Promise<void> {
  const lease = await deps.leases.acquire(dataset, SWEEP_OWNER, LEASE_SECONDS)
  if (!lease.acquired) throw new LeaseUnavailableError(`a batch of ${dataset} is under way (${lease.owner}); try again when it has ended`)
  try {
    await refuseReturn(dataset, deps)
    const kind = await readTableKind(dataset, deps.lake)
    if (kind) await deps.lake.putText(tableKindKey(dataset), JSON.stringify({ ...kind, format: undefined }))
    await deps.entries.forget(tableNames(dataset).curated)
    for (const folder of ICEBERG_FOLDERS) await removeAll(`${curatedPrefix(dataset)}${folder}`, () => true, deps.lake)
    // The Parquet table's own are in folders of partitions, or in none.
    const root = tombstonesFolder(dataset, '')
    await removeAll(root, (key) => key.slice(root.length).includes('/') && !key.slice(root.length).includes('='), deps.lake)
  } finally {
    await deps.leases.release(dataset, SWEEP_OWNER)
  }
}

async function removeAll(folder: string, isGone: (key: string) => boolean, lake: ReturnToParquetDeps['lake']): Promise<void> {
  const found: string[] = []
  for await (const page of lake.list(folder)) found.push(...page.map(({ key }) => key).filter(isGone))
  await lake.remove(found)
}

/** Shows the catalog every partition of a Parquet table that has files: its entry is new. @returns how many there are */
export async function registerFiles(
  dataset: string,
  { lake, registry, lakeBucket }: { lake: Pick<ObjectStore, 'list'>; registry: Pick<PartitionRegistry, 'register'>; lakeBucket: string },
): Promise<number> {
  const root = curatedPrefix(dataset)
  const paths = new Set<string>()
  for await (const page of lake.list(root))
    for (const { key } of page) if (key.endsWith('.parquet')) paths.add(key.slice(root.length, key.lastIndexOf('/') + 1))
  const partitions = [...paths].filter((path) => path !== '').sort()
  const decoded = (path: string) =>
    Object.fromEntries(Object.entries(folderValues(path.slice(0, -1))).map(([key, value]) => [key, hiveDecoded(value) ?? value]))
  const located = partitions.map((path) => ({ values: decoded(path), location: `s3://${lakeBucket}/${root}${path}` }))
  await registry.register(tableNames(dataset).curated, located)
  return located.length
}
