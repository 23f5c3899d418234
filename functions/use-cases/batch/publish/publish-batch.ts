import { randomBytes, randomUUID } from 'node:crypto'
import { z } from 'zod'
import { type Batch, batchSchema } from '../../../domain/batch/batch.ts'
import type { Manifest } from '../../../domain/batch/manifest/manifest.ts'
import { checkManifest } from '../../../domain/batch/manifest/manifest-summary.ts'
import { type PartitionPublication, planPublication, runOf } from '../../../domain/batch/publish/publication.ts'
import { traitsOf } from '../../../domain/batch/source.ts'
import { LeaseUnavailableError, StaleBatchError } from '../../../domain/errors.ts'
import { manifestKey, tableKindKey } from '../../../domain/names.ts'
import type { PartitionProof, TablePointers } from '../../../ports/catalog.ts'
import type { Clock } from '../../../ports/clock.ts'
import type { PublisherLeases } from '../../../ports/leases.ts'
import type { ObjectStore } from '../../../ports/object-store.ts'
import { missingPartitions } from './confirm-partitions.ts'
import { publishCommit } from './publish-commit.ts'
import { publishStep } from './publish-step.ts'
import { replaceQuarantine } from './replace-quarantine.ts'

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
  /** Whether readers need a crawl to see what was published; set when all of it is. */
  crawlNeeded: z.boolean(),
})

export interface PublishBatchDeps {
  lake: ObjectStore
  leases: Pick<PublisherLeases, 'enter' | 'holds' | 'note' | 'leave'>
  proof: PartitionProof
  /** Of Iceberg tables. */
  tables: TablePointers
  clock: Clock
  /** Whether there is time for another step. */
  hasTime: () => boolean
  /** Names this invocation: eight hexadecimal digits. */
  newToken?: () => string
  /** Between two looks at the clock. */
  copiesAStep?: number
}

type PublishedBatch = Pick<Batch, 'dataset' | 'batchId' | 'tables' | 'crawl' | 'leaseSeconds' | 'execution'>

/**
 * Makes curated match the manifest, partition by partition: copy every staged file, then remove what they replace. In that
 * order, and with names of the invocation's own, it can stop anywhere and be run again, even beside an earlier invocation that still runs. Readers
 * of a partition may see old and new files together for the moment between; they never see fewer rows than before. A commit to an Iceberg
 * table is published in one step instead, whole or not at all.
 */
export async function publishBatch(
  { batch, cursor }: { batch: PublishedBatch; cursor?: number | null },
  deps: PublishBatchDeps,
): Promise<z.infer<typeof publishBatchOutput>> {
  const { dataset, batchId } = batch
  const manifest = checkManifest(await deps.lake.getText(manifestKey(dataset, batchId)), dataset, batchId)
  const token = (deps.newToken ?? randomToken)()
  const publications = planPublication(manifest, token)
  let next = Math.min(cursor ?? 0, publications.length)
  const state = (done: boolean, crawlNeeded = false) => ({ done, cursor: next, partitions: publications.length, crawlNeeded })
  // Readers have something new from the first whole partition on, whatever becomes of the rest.
  const leave = (isDone = false) => {
    const published = { dataset, batchId, run: runOf(manifest), executionArn: batch.execution.id }
    return deps.leases.leave({ dataset, token }, isDone || next > 0 ? published : undefined)
  }

  await enter(batch, runOf(manifest), token, deps.leases)
  try {
    const noteKind = async () => manifest.table && deps.lake.putText(tableKindKey(dataset), JSON.stringify(manifest.table))
    const isMigration = traitsOf(manifest.source).reads === 'parquet'
    // Before the first file: from then on no batch of another kind is prepared. A commit has no half: what it makes of the table is noted with it.
    if (next === 0 && manifest.commit === undefined && !isMigration) await noteKind()
    while (next < publications.length) {
      const step = takeStep(publications, next, deps.copiesAStep ?? COPIES_A_STEP)
      await publishNoted(step, batch, token, deps)
      next += step.length
      if (next < publications.length && !deps.hasTime()) break
    }
    if (manifest.commit !== undefined) {
      const isHeld = () => deps.leases.holds(dataset, batch.execution.id, token)
      await publishCommit({ table: batch.tables.curated, batchId, commit: manifest.commit }, isHeld, { ...deps, newUuid: randomUUID })
    }
    // Not before: readers of other datasets go by the noted columns, and a batch would be merged with a table that has none of a migration's rows yet.
    if (manifest.commit !== undefined || isMigration) await noteKind()
    if (next === publications.length) {
      const fence = { dataset, owner: batch.execution.id, token, leases: deps.leases }
      await replaceQuarantine(manifest, fence, deps.lake)
      await deps.lake.remove(manifest.gold?.retires ?? [])
      if (manifest.table?.unfinished)
        await deps.lake.putText(tableKindKey(dataset), JSON.stringify({ ...manifest.table, unfinished: undefined }))
    }
  } catch (error) {
    // Of these nothing is left half done; of any other error the sweep will see what became of it.
    if (error instanceof StaleBatchError || error instanceof LeaseUnavailableError) await leave()
    throw error
  }
  const isDone = next === publications.length
  await leave(isDone)
  if (!isDone) return state(false)
  return state(true, await isCrawlNeeded(batch, manifest, deps.proof))
}

const randomToken = () => randomBytes(4).toString('hex')

// A redriven execution may have lost its lease to another batch while it did not run.
async function enter(
  { dataset, batchId, leaseSeconds, execution }: PublishedBatch,
  run: string,
  token: string,
  leases: PublishBatchDeps['leases'],
) {
  const lease = await leases.enter({ dataset, batchId, run, token }, execution.id, leaseSeconds)
  if (lease.acquired) return
  await leases.leave({ dataset, token })
  throw new LeaseUnavailableError(`the lease of ${dataset} went to ${lease.owner}`)
}

async function publishNoted(
  step: PartitionPublication[],
  { dataset, batchId, execution }: PublishedBatch,
  token: string,
  { lake, leases }: PublishBatchDeps,
): Promise<void> {
  const folders = step.map(({ folder }) => folder)
  if (!(await leases.note({ dataset, token }, folders)))
    throw new LeaseUnavailableError(`another execution publishes batch ${batchId} by now`)
  await publishStep(step, batchId, { dataset, owner: execution.id, token, leases }, lake)
}

async function isCrawlNeeded(batch: PublishedBatch, manifest: Manifest, proof: PartitionProof): Promise<boolean> {
  const hasNewFiles = manifest.quarantine.files.length > 0 || planPublication(manifest, '').some(({ copies }) => copies.length > 0)
  // The next state registers partitions that no crawl will find.
  if (batch.crawl === 'never') return false
  if (!hasNewFiles || batch.crawl === 'always') return hasNewFiles
  return (await missingPartitions(batch, manifest, proof)).length > 0
}

function takeStep(publications: PartitionPublication[], from: number, most: number): PartitionPublication[] {
  let copies = 0
  let to = from
  do copies += Math.max(1, publications[to++]?.copies.length ?? 0)
  while (to < publications.length && copies < most)
  return publications.slice(from, to)
}
