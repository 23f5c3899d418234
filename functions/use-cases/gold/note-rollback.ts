import { createHash } from 'node:crypto'
import { readersOf } from '../../domain/gold/graph.ts'
import { publicationLanding } from '../../domain/gold/publication.ts'
import { compactTime } from '../../domain/names.ts'
import type { Rollback } from '../batch/publish/roll-back.ts'
import type { Needs } from '../intake/intake.ts'

/**
 * A table that was rolled back is news for the gold datasets that read it. No manifest tells which partitions that touched, so the job computes such a gold
 * table anew, or the keys that differ. The sweep finds what waits, since a person's command has no timer to set.
 * @returns the gold datasets
 */
export async function noteRollback(
  { dataset: source, to, at }: Pick<Rollback, 'dataset' | 'to' | 'at'>,
  { contracts, landings }: Needs<'contracts' | 'landings'>,
): Promise<string[]> {
  const readers = readersOf(source, await contracts.all()).map(({ dataset }) => dataset)
  const run = createHash('sha256').update(`${to}|${at}`).digest('hex').slice(0, 8)
  const publication = { dataset: source, batchId: `rollback-${compactTime(at)}`, run, publishedAt: at }
  await landings.record(readers.map((dataset) => publicationLanding(dataset, publication, at)))
  return readers
}
