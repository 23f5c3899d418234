import { type Batch, leftOutOf } from '../../../domain/batch/batch.ts'
import type { Manifest } from '../../../domain/batch/manifest/manifest.ts'
import { checkManifest } from '../../../domain/batch/manifest/manifest-summary.ts'
import { type PublishedPartition, publishedPartitions } from '../../../domain/batch/publish/publication.ts'
import { CrawlFailedError } from '../../../domain/errors.ts'
import { manifestKey } from '../../../domain/names.ts'
import type { PartitionProof, PartitionRegistry } from '../../../ports/catalog.ts'
import type { ObjectStore } from '../../../ports/object-store.ts'
import type { Counters, Log } from '../../../ports/telemetry.ts'
import { forgetStaged } from '../forget-staged.ts'
import { notCatalogued } from '../prepare/register-partitions.ts'

/** Partitions named in the execution's output; the manifest has all. */
const PATHS_SHOWN = 50

export interface ConfirmPartitionsDeps {
  lake: Pick<ObjectStore, 'getText'>
  proof: PartitionProof
  registry: PartitionRegistry
  counters: Counters
  log: Log
  settings: { lakeBucket: string }
}

type ConfirmedBatch = Pick<Batch, 'dataset' | 'batchId' | 'tables' | 'crawl'>

/**
 * Proves that the catalog has every partition that holds files of this batch, curated and quarantined, and registers what a crawl has left
 * out. The staged partitions leave the catalog: their batch is over.
 */
export async function confirmPartitions({ batch }: { batch: ConfirmedBatch }, deps: ConfirmPartitionsDeps) {
  const { dataset, batchId } = batch
  const manifest = checkManifest(await deps.lake.getText(manifestKey(dataset, batchId)), dataset, batchId)
  const registered = await registerPublished(batch, manifest, deps)
  await forgetStaged(batch, deps)
  return {
    partitions: manifest.partitions.length,
    registered: registered.length,
    leftOut: leftOutOf(batch.crawl === 'never' ? [] : registered),
    files: manifest.partitions.reduce((sum, partition) => sum + partition.files.length, 0),
    bytes: manifest.partitions.reduce((sum, partition) => sum + partition.files.reduce((bytes, file) => bytes + file.bytes, 0), 0),
    quarantineFiles: manifest.quarantine.files.length,
    paths: manifest.partitions.slice(0, PATHS_SHOWN).map((partition) => partition.path),
  }
}

async function registerPublished(batch: ConfirmedBatch, manifest: Manifest, deps: ConfirmPartitionsDeps): Promise<string[]> {
  const before = await missingPartitions(batch, manifest, deps.proof)
  if (before.length === 0) return []
  for (const table of new Set(before.map((each) => each.table))) {
    await deps.registry.register(
      table,
      before
        .filter((each) => each.table === table)
        .map(({ partition: { values, folder } }) => ({ values, location: `s3://${deps.settings.lakeBucket}/${folder}` })),
    )
  }
  const left = await missingPartitions(batch, manifest, deps.proof)
  if (left.length > 0) {
    const named = left.slice(0, 5).map(({ table, partition }) => `${table} ${JSON.stringify(partition.values)}`)
    throw new CrawlFailedError(
      `the catalog lacks ${left.length} partitions of batch ${batch.batchId} after they were registered: ${named.join(', ')}`,
    )
  }
  if (batch.crawl !== 'never') deps.counters.count('PartitionsLeftOut', before.length, { dataset: batch.dataset })
  return before.map(({ partition: { folder } }) => `s3://${deps.settings.lakeBucket}/${folder}`)
}

/** Partitions that hold files of this batch and that the catalog does not have: readers would not see them. */
export async function missingPartitions(
  { tables }: Pick<Batch, 'tables'>,
  manifest: Manifest,
  proof: PartitionProof,
): Promise<{ table: string; partition: PublishedPartition }[]> {
  const published = publishedPartitions(manifest)
  const missing = await Promise.all(
    (['curated', 'quarantine'] as const).map(async (kind) =>
      (await notCatalogued(tables[kind], published[kind], proof)).map((partition) => ({ table: tables[kind], partition })),
    ),
  )
  return missing.flat()
}
