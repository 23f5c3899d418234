import type { Batch } from '../../domain/batch/batch.ts'
import type { Manifest } from '../../domain/batch/manifest.ts'
import { checkManifest } from '../../domain/batch/manifest-summary.ts'
import { type PublishedPartition, publishedPartitions } from '../../domain/batch/publication.ts'
import { CrawlFailedError } from '../../domain/errors.ts'
import { manifestKey } from '../../domain/names.ts'
import type { ObjectStore, PartitionProof } from '../../ports.ts'

/** Partitions named in the execution's output; the manifest has all. */
const PATHS_SHOWN = 50

/** Proves that the catalog has every partition that holds files of this batch, curated and quarantined. */
export async function confirmPartitions(
  { batch }: { batch: Pick<Batch, 'dataset' | 'batchId' | 'tables' | 'crawler'> },
  { lake, proof }: { lake: Pick<ObjectStore, 'getText'>; proof: PartitionProof },
) {
  const { dataset, batchId, tables, crawler } = batch
  const manifest = checkManifest(await lake.getText(manifestKey(dataset, batchId)), dataset, batchId)
  const missing = await missingPartitions({ tables }, manifest, proof)
  if (missing.length > 0) {
    const named = missing.slice(0, 5).map(({ table, values }) => `${table} ${JSON.stringify(values)}`)
    throw new CrawlFailedError(
      `the catalog lacks ${missing.length} partitions of batch ${batchId} after crawler ${crawler}: ${named.join(', ')}`,
    )
  }
  return {
    partitions: manifest.partitions.length,
    files: manifest.partitions.reduce((sum, partition) => sum + partition.files.length, 0),
    bytes: manifest.partitions.reduce((sum, partition) => sum + partition.files.reduce((bytes, file) => bytes + file.bytes, 0), 0),
    quarantineFiles: manifest.quarantine.files.length,
    paths: manifest.partitions.slice(0, PATHS_SHOWN).map((partition) => partition.path),
  }
}

/** Partitions that hold files of this batch and that the catalog does not have: readers would not see them. */
export async function missingPartitions({ tables }: Pick<Batch, 'tables'>, manifest: Manifest, proof: PartitionProof) {
  const { curated, quarantine } = publishedPartitions(manifest)
  const missing: { table: string; values: Record<string, string> }[] = []
  for (const values of await notFound(tables.curated, curated, proof)) missing.push({ table: tables.curated, values })
  for (const values of await notFound(tables.quarantine, quarantine, proof)) missing.push({ table: tables.quarantine, values })
  return missing
}

// AWS does not say whether a crawler notes the folder `city=a%3Db` by a=b or as it is written: either is there for readers.
async function notFound(table: string, partitions: PublishedPartition[], proof: PartitionProof): Promise<Record<string, string>[]> {
  const missing = new Set(
    await proof.missing(
      table,
      partitions.map(({ values }) => values),
    ),
  )
  const escaped = partitions.filter(
    ({ values, asWritten }) => missing.has(values) && Object.keys(values).some((key) => values[key] !== asWritten[key]),
  )
  if (escaped.length === 0) return [...missing]
  const stillMissing = new Set(
    await proof.missing(
      table,
      escaped.map(({ asWritten }) => asWritten),
    ),
  )
  for (const { values, asWritten } of escaped) if (!stillMissing.has(asWritten)) missing.delete(values)
  return [...missing]
}
