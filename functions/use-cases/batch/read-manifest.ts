import type { Batch } from '../../domain/batch/batch.ts'
import { checkManifest, type ManifestSummary, summarizeManifest } from '../../domain/batch/manifest/manifest-summary.ts'
import { ManifestError } from '../../domain/errors.ts'
import { manifestKey } from '../../domain/names.ts'
import type { ObjectStore } from '../../ports/object-store.ts'

/** What the curate job did, checked again: nothing is published on the job's claim alone. */
export async function readManifest(
  { batch }: { batch: Pick<Batch, 'dataset' | 'batchId' | 'contractVersion'> },
  { lake }: { lake: Pick<ObjectStore, 'getText'> },
): Promise<ManifestSummary> {
  const { dataset, batchId, contractVersion } = batch
  const manifest = checkManifest(await lake.getText(manifestKey(dataset, batchId)), dataset, batchId)
  if (manifest.contractVersion !== contractVersion) {
    throw new ManifestError(`manifest of batch ${batchId}: was made under contract ${manifest.contractVersion}, not ${contractVersion}`)
  }
  return summarizeManifest(manifest)
}
