import type { Batch } from '../../domain/batch/batch.ts'
import { checkManifest, type ManifestSummary, summarizeManifest } from '../../domain/batch/manifest/manifest-summary.ts'
import { ManifestError } from '../../domain/errors.ts'
import { manifestKey } from '../../domain/names.ts'
import type { TablePointers } from '../../ports/catalog.ts'
import type { ObjectStore } from '../../ports/object-store.ts'

export interface JobOutcome extends ManifestSummary {
  /**
   * Datasets that the rules refer to and whose table is not in the catalog: an Iceberg table comes with the first batch of its dataset. A quality
   * run would find no table of that name, so none is started. A Parquet table is there from the deployment on, if empty.
   */
  unpublishedReferences: string[]
}

/** What the curate job did, checked again: nothing is published on the job's claim alone. */
export async function readManifest(
  { batch }: { batch: Pick<Batch, 'dataset' | 'batchId' | 'contractVersion' | 'references' | 'ruleset'> },
  { lake, tablePointers }: { lake: Pick<ObjectStore, 'getText'>; tablePointers: Pick<TablePointers, 'find'> },
): Promise<JobOutcome> {
  const { dataset, batchId, contractVersion } = batch
  const manifest = checkManifest(await lake.getText(manifestKey(dataset, batchId)), dataset, batchId)
  if (manifest.contractVersion !== contractVersion) {
    throw new ManifestError(`manifest of batch ${batchId}: was made under contract ${manifest.contractVersion}, not ${contractVersion}`)
  }
  const isJudged = batch.ruleset !== null && manifest.partitions.length > 0
  return { ...summarizeManifest(manifest), unpublishedReferences: isJudged ? await withoutTable(batch.references, tablePointers) : [] }
}

async function withoutTable(references: Batch['references'], tables: Pick<TablePointers, 'find'>): Promise<string[]> {
  const names = [...new Set(Object.values(references))]
  const found = await Promise.all(names.map((name) => tables.find(name)))
  return names.filter((_, index) => found[index] === undefined)
}
