import type { Manifest } from '../../domain/batch/manifest/manifest.ts'
import type { Announcement } from '../../domain/batch/publish/published-event.ts'
import { traitsOf } from '../../domain/batch/source.ts'
import { readersOf } from '../../domain/gold/graph.ts'
import { publicationLanding } from '../../domain/gold/publication.ts'
import type { Needs } from '../intake/intake.ts'
import { requestCrawl } from '../intake/request-crawl.ts'

export type NotePublicationsWorld = Needs<'contracts' | 'landings' | 'flows' | 'timer' | 'clock', 'settleSeconds'>

/**
 * A publication of a source is a landing for each gold dataset that reads it. Repeated calls change nothing, so the outbox may call it again. A batch that
 * changed no row (a compaction) is none. An empty table that is published for the first time is one, and so is a batch of an Iceberg table that only removes rows.
 */
export async function notePublication(
  announcement: Announcement,
  { source, partitions, table, commit }: Pick<Manifest, 'source' | 'partitions' | 'table' | 'commit'>,
  world: NotePublicationsWorld,
): Promise<void> {
  if (!traitsOf(source).countsRows || (partitions.length === 0 && table === undefined && commit === undefined)) return
  for (const { dataset } of readersOf(announcement.dataset, await world.contracts.all())) {
    const [outcome] = await world.landings.record([publicationLanding(dataset, announcement, world.clock.now().toISOString())])
    if (outcome?.waiting) await requestCrawl(dataset, { waits: true, again: outcome.outcome !== 'recorded' }, world)
  }
}
