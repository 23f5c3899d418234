import { manifestSchema } from '../../domain/batch/manifest/manifest.ts'
import { type PartitionPublication, planPublication, repairOf, runOf } from '../../domain/batch/publish/publication.ts'
import { PUBLISHER_SECONDS, type Publisher } from '../../domain/batch/publish/publisher.ts'
import { manifestKey, SWEEP_OWNER } from '../../domain/names.ts'
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
    for (const publisher of publishers) {
      const left = await mend(publisher, acquired, world)
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

/** Returns the folders that it leaves as they are, since it may not write or cannot decide. */
async function mend(publisher: Publisher, mayWrite: boolean, world: MendPublicationsWorld): Promise<string[]> {
  const { dataset, folders, token } = publisher
  const publications = folders.length === 0 ? new Map() : await publicationsOf(publisher, world)
  const left: string[] = []
  for (const folder of folders) {
    const present: string[] = []
    for await (const page of world.lake.list(folder)) present.push(...page.map(({ key }) => key))
    const removals = repairOf(folder, present, token, publications.get(folder))
    if (removals?.length === 0) continue
    if (removals === undefined || !mayWrite) left.push(folder)
    else {
      await world.lake.remove(removals)
      world.counters.count('PartitionsMended', 1, { dataset })
    }
  }
  return left
}

async function publicationsOf(
  { dataset, batchId, run, token }: Publisher,
  { lake }: MendPublicationsWorld,
): Promise<Map<string, PartitionPublication>> {
  const text = await lake.getText(manifestKey(dataset, batchId))
  const manifest = text === undefined ? undefined : manifestSchema.parse(JSON.parse(text))
  if (manifest === undefined || runOf(manifest) !== run) return new Map()
  return new Map(planPublication(manifest, token).map((publication) => [publication.folder, publication]))
}
