import { manifestSchema } from '../../domain/batch/manifest/manifest.ts'
import { type PartitionPublication, planPublication, repairOf, runOf } from '../../domain/batch/publish/publication.ts'
import { PUBLISHER_SECONDS, type Publisher } from '../../domain/batch/publish/publisher.ts'
import { manifestKey, SWEEP_OWNER } from '../../domain/names.ts'
import type { StoredObject } from '../../ports/object-store.ts'
import type { Needs } from './intake.ts'

export type MendPublicationsWorld = Needs<'leases' | 'lake' | 'counters' | 'alerts' | 'clock'>

/** A batch that waits for the lease meanwhile asks again every half minute. */
const LEASE_SECONDS = 900

/** While batches follow without a pause, the lease is never free. After this time an alert reports it. */
const PATIENCE_SECONDS = 6 * 3600

/**
 * Repairs the partitions in which a publisher was cut off and will not resume, so that each row is there once. It removes the copies if they are
 * incomplete, and otherwise what they replace. What it cannot decide goes into an alert, with the command that repairs it.
 */
export async function mendPublications(dataset: string, world: MendPublicationsWorld): Promise<void> {
  const publishers = await world.leases.publishers(dataset)
  const now = world.clock.now().getTime()
  const agesSeconds = publishers.map(({ enteredAt }) => (now - Date.parse(enteredAt)) / 1000)
  // An earlier sweep may have died before it told.
  if (publishers.length === 0) return world.alerts.publicationMended(dataset)
  if (Math.min(...agesSeconds) < PUBLISHER_SECONDS) return
  // A running batch may be reading these files.
  const { acquired } = await world.leases.acquire(dataset, SWEEP_OWNER, LEASE_SECONDS)
  if (!acquired && Math.max(...agesSeconds) < PATIENCE_SECONDS) return
  try {
    const doubled: { batchId: string; folder: string }[] = []
    for (const [n, publisher] of publishers.entries()) {
      const left = await mend(publisher, publishers.slice(n + 1), acquired, world)
      doubled.push(...left.map((folder) => ({ batchId: publisher.batchId, folder })))
      // One that noted folders may have replaced some of them: their event is due as well.
      if (left.length === 0) await world.leases.leave(publisher, publisher.folders.length > 0 ? publicationOf(publisher) : undefined)
    }
    if (doubled.length > 0) await world.alerts.publicationCutOff({ dataset, doubled })
    else await world.alerts.publicationMended(dataset)
  } finally {
    if (acquired) await world.leases.release(dataset, SWEEP_OWNER)
  }
}

const publicationOf = ({ dataset, batchId, run }: Publisher) => ({ dataset, batchId, run })

/** @param earlier those that entered before it. Returns the folders that it leaves as they are, since it may not write or cannot decide. */
async function mend(publisher: Publisher, earlier: Publisher[], mayWrite: boolean, world: MendPublicationsWorld): Promise<string[]> {
  const { dataset, folders, token, enteredAt, notedAt } = publisher
  const { publications, isLastRun } = folders.length === 0 ? NOWHERE : await publicationsOf(publisher, world)
  const left: string[] = []
  for (const folder of folders) {
    const present: StoredObject[] = []
    for await (const page of world.lake.list(folder)) present.push(...page)
    const cutOff = { folder, token, beganAt: notedAt ?? enteredAt, present, earlier: earlier.map((each) => each.token) }
    const removals = repairOf(cutOff, publications.get(folder), isLastRun)
    if (removals?.length === 0) continue
    if (removals === undefined || !mayWrite) left.push(folder)
    else {
      await world.lake.remove(removals)
      world.counters.count('PartitionsMended', 1, { dataset })
    }
  }
  return left
}

interface Publications {
  /** By folder. */
  publications: Map<string, PartitionPublication>
  /** False when the batch has been curated again since. */
  isLastRun: boolean
}
const NOWHERE: Publications = { publications: new Map(), isLastRun: true }

async function publicationsOf({ dataset, batchId, run, token }: Publisher, { lake }: MendPublicationsWorld): Promise<Publications> {
  const read = async (key: string) => {
    const text = await lake.getText(key)
    return text === undefined ? undefined : manifestSchema.parse(JSON.parse(text))
  }
  const last = await read(manifestKey(dataset, batchId))
  const isLastRun = last !== undefined && runOf(last) === run
  const manifest = isLastRun ? last : await read(manifestKey(dataset, batchId, run))
  const all = manifest === undefined ? [] : planPublication(manifest, token)
  return { publications: new Map(all.map((publication) => [publication.folder, publication])), isLastRun }
}
