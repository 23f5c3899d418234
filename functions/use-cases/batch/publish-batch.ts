import pMap from 'p-map'
import { z } from 'zod'
import { type Batch, batchSchema } from '../../domain/batch/batch.ts'
import { checkManifest } from '../../domain/batch/manifest-summary.ts'
import { foreignFiles, type PartitionPublication, planPublication, quarantineRemovals } from '../../domain/batch/publication.ts'
import { LeaseUnavailableError, StaleBatchError } from '../../domain/errors.ts'
import { manifestKey } from '../../domain/names.ts'
import type { Leases, ObjectStore, PartitionProof } from '../../ports.ts'
import { missingPartitions } from './confirm-partitions.ts'

/** Copies in flight; S3 takes 3,500 writes a second and prefix, and a Lambda of 512 MB not much more than this. */
const PARTITIONS_AT_ONCE = 8
const COPIES_AT_ONCE = 8
/** Between two looks at the clock and the lease. */
const COPIES_A_STEP = 256

export const publishBatchInput = z.object({
  batch: batchSchema,
  /** Partitions that are published already, in the manifest's order. */
  cursor: z.number().int().nonnegative().nullish(),
})

export const publishBatchOutput = z.object({
  done: z.boolean(),
  cursor: z.number().int().nonnegative(),
  partitions: z.number().int(),
  /** Whether readers need a crawl to see what was published; told when all of it is. */
  crawlNeeded: z.boolean(),
})

export interface PublishBatchDeps {
  lake: ObjectStore
  leases: Pick<Leases, 'acquire'>
  proof: PartitionProof
  /** Whether there is time for another step. */
  hasTime: () => boolean
}

type PublishedBatch = Pick<Batch, 'dataset' | 'batchId' | 'tables' | 'crawl' | 'leaseSeconds' | 'execution'>

/**
 * Makes curated what the manifest says, partition by partition: copy every staged file, then remove what they replace. In that
 * order, and with names of the batch's own, it can stop anywhere and be run again. Readers of a partition may see old and new
 * files together for the moment between; they never see fewer rows than before.
 */
export async function publishBatch(
  { batch, cursor }: { batch: PublishedBatch; cursor?: number | null },
  deps: PublishBatchDeps,
): Promise<z.infer<typeof publishBatchOutput>> {
  const { dataset, batchId } = batch
  const manifest = checkManifest(await deps.lake.getText(manifestKey(dataset, batchId)), dataset, batchId)
  const publications = planPublication(manifest)
  let next = Math.min(cursor ?? 0, publications.length)
  const state = (done: boolean, crawlNeeded = false) => ({ done, cursor: next, partitions: publications.length, crawlNeeded })

  await holdLease(batch, deps.leases)
  for (let first = true; next < publications.length; first = false) {
    if (!first) {
      if (!deps.hasTime()) return state(false)
      await holdLease(batch, deps.leases)
    }
    const step = takeStep(publications, next)
    await settleAll(step, PARTITIONS_AT_ONCE, (publication) => publishPartition(publication, batchId, deps.lake))
    next += step.length
  }
  await deps.lake.remove(quarantineRemovals(manifest))
  const hasNewFiles = manifest.quarantine.files.length > 0 || publications.some(({ copies }) => copies.length > 0)
  if (!hasNewFiles || batch.crawl === 'always') return state(true, hasNewFiles)
  return state(true, (await missingPartitions(batch, manifest, deps.proof)).length > 0)
}

async function publishPartition(publication: PartitionPublication, batchId: string, lake: ObjectStore): Promise<void> {
  const present: string[] = []
  for await (const page of lake.list(publication.folder)) present.push(...page.map((object) => object.key))
  const foreign = foreignFiles(publication, present)
  if (foreign.length > 0) {
    throw new StaleBatchError(`batch ${batchId} was curated before ${foreign[0]} was published; run it again`)
  }
  await settleAll(publication.copies, COPIES_AT_ONCE, ({ from, to }) => lake.copy(from, to))
  if (publication.removals.length > 0) await lake.remove(publication.removals)
}

// A redriven execution may have lost its lease to another batch while it lay still.
async function holdLease(
  { dataset, leaseSeconds, execution }: Pick<Batch, 'dataset' | 'leaseSeconds' | 'execution'>,
  leases: Pick<Leases, 'acquire'>,
) {
  const lease = await leases.acquire(dataset, execution.id, leaseSeconds)
  if (!lease.acquired) throw new LeaseUnavailableError(`the lease of ${dataset} went to ${lease.owner}`)
}

/**
 * Waits for all before the first error goes on: a Lambda that is frozen with a copy in flight could finish it when it next wakes,
 * long after a later batch removed that very file.
 */
async function settleAll<Item>(items: Item[], concurrency: number, act: (item: Item) => Promise<void>): Promise<void> {
  try {
    await pMap(items, act, { concurrency, stopOnError: false })
  } catch (error) {
    throw error instanceof AggregateError ? error.errors[0] : error
  }
}

function takeStep(publications: PartitionPublication[], from: number): PartitionPublication[] {
  let copies = 0
  let to = from
  do copies += Math.max(1, publications[to++]?.copies.length ?? 0)
  while (to < publications.length && copies < COPIES_A_STEP)
  return publications.slice(from, to)
}
