import { type Manifest, manifestOf } from '../../domain/batch/manifest/manifest.ts'
import { type Quality, qualitySchema } from '../../domain/batch/quality.ts'
import { manifestKey, qualityKey } from '../../domain/names.ts'
import type { ObjectStore } from '../../ports/object-store.ts'

/** The files that a batch's run has left, for alerts and metrics. A batch may have failed before it wrote either. */
export async function readRunFiles(
  dataset: string,
  batchId: string,
  lake: Pick<ObjectStore, 'getText'>,
): Promise<{ manifest?: Manifest; quality?: Quality }> {
  const [text, quality] = await Promise.all([lake.getText(manifestKey(dataset, batchId)), lake.getText(qualityKey(dataset, batchId))])
  const manifest = manifestOf(text)
  const readQuality = qualitySchema.safeParse(parseJson(quality))
  return { ...(manifest && { manifest }), ...(readQuality.success && { quality: readQuality.data }) }
}

function parseJson(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? 'null')
  } catch {
    return undefined
  }
}
