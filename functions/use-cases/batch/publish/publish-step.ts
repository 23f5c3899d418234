import pMap from 'p-map'
import { besides, type PartitionPublication } from '../../../domain/batch/publish/publication.ts'
import { LeaseUnavailableError, StaleBatchError } from '../../../domain/errors.ts'
import type { PublisherLeases } from '../../../ports/leases.ts'
import type { ObjectStore } from '../../../ports/object-store.ts'

/** Requests in flight; S3 takes 3,500 writes a second and prefix, and a Lambda of 512 MB not much more than this. */
const PARTITIONS_AT_ONCE = 8
const COPIES_AT_ONCE = 64
/** Between two looks at the lease. */
const COPIES_A_LOOK = 48

/** One invocation's hold on its dataset. S3 does not know it, so a publisher checks again after it has written. */
export interface Fence {
  dataset: string
  owner: string
  token: string
  leases: Pick<PublisherLeases, 'holds'>
}

/**
 * Publishes whole partitions: copies their staged files, checks that the lease is still ours, then removes what they replace. If the lease
 * is lost before the removal, the copies are deleted. After it the copies are the partition's content, even if the lease is lost.
 * @throws StaleBatchError before anything was copied
 * @throws LeaseUnavailableError once all copies of this step are taken back
 */
export async function publishStep(step: PartitionPublication[], batchId: string, fence: Fence, lake: ObjectStore): Promise<void> {
  const removals = await settleAll(step, PARTITIONS_AT_ONCE, (publication) => replacedBy(publication, batchId, lake))
  const copies = step.flatMap((publication) => publication.copies)
  const begun: string[] = []
  try {
    do {
      const some = copies.slice(begun.length, begun.length + COPIES_A_LOOK)
      begun.push(...some.map(({ to }) => to))
      await settleAll(some, COPIES_AT_ONCE, ({ from, to }) => lake.copy(from, to))
      await checkLease(fence)
    } while (begun.length < copies.length)
  } catch (error) {
    if (!(await isHeld(fence))) await lake.remove(begun)
    throw error
  }
  await settleAll(removals, PARTITIONS_AT_ONCE, async (keys) => {
    if (keys.length > 0) await lake.remove(keys)
  })
}

async function replacedBy(publication: PartitionPublication, batchId: string, lake: ObjectStore): Promise<string[]> {
  const present: string[] = []
  for await (const page of lake.list(publication.folder)) present.push(...page.map((object) => object.key))
  const { replaced, foreign } = besides(publication, present)
  if (foreign.length > 0) {
    throw new StaleBatchError(`batch ${batchId} was curated before ${foreign[0]} was published; run it again`)
  }
  return replaced
}

const isHeld = ({ dataset, owner, token, leases }: Fence) => leases.holds(dataset, owner, token)

export async function checkLease(fence: Fence): Promise<void> {
  if (await isHeld(fence)) return
  throw new LeaseUnavailableError(
    `the lease of ${fence.dataset} was lost while its batch was published: its execution was stopped, or another publisher took over`,
  )
}

/**
 * Waits for all before the first error goes on: a Lambda that is frozen with a copy in flight could finish it when it next wakes,
 * long after a later batch removed that very file.
 */
async function settleAll<Item, Result>(items: Item[], concurrency: number, act: (item: Item) => Promise<Result>): Promise<Result[]> {
  try {
    return await pMap(items, act, { concurrency, stopOnError: false })
  } catch (error) {
    throw error instanceof AggregateError ? error.errors[0] : error
  }
}
