import pMap from 'p-map'
import type { Manifest } from '../../../domain/batch/manifest/manifest.ts'
import { quarantineCopies, quarantineRemovals } from '../../../domain/batch/publish/publication.ts'
import type { ObjectStore } from '../../../ports/object-store.ts'
import { checkLease, type Fence } from './publish-step.ts'

const COPIES_AT_ONCE = 64

/**
 * Makes the quarantine match the manifest, when all partitions are published: rows that this batch has read again leave it. Copies come first, and have
 * the same names each time: it can stop anywhere and be run again.
 * @throws LeaseUnavailableError before anything was removed
 */
export async function replaceQuarantine(manifest: Manifest, fence: Fence, lake: ObjectStore): Promise<void> {
  const copies = quarantineCopies(manifest)
  if (copies.length > 0) {
    await checkLease(fence)
    await pMap(copies, ({ from, to }) => lake.copy(from, to), { concurrency: COPIES_AT_ONCE })
  }
  await lake.remove(quarantineRemovals(manifest))
}
