import { type SourceTraits, traitsOf } from '../../../domain/batch/source.ts'
import type { Batches } from '../../../ports/batches.ts'

/** So many batches are looked at; of more that brought nothing new in a row, the answer is not known. */
const LOOKED_AT = 100

/** When a batch that brings new data was last published. Undefined before the first, or when it is too long ago. */
export const lastPublishedAt = (dataset: string, batches: Pick<Batches, 'recent'>) => newestOf(dataset, batches, ({ isNews }) => isNews)

/** When rows of the table were last changed, by a replay or a backfill too. */
export const lastChangedAt = (dataset: string, batches: Pick<Batches, 'recent'>) =>
  newestOf(dataset, batches, ({ countsRows }) => countsRows)

async function newestOf(
  dataset: string,
  batches: Pick<Batches, 'recent'>,
  isMeant: (traits: SourceTraits) => boolean,
): Promise<Date | undefined> {
  const news = (await batches.recent(dataset, LOOKED_AT)).filter(
    ({ status, source }) => status === 'succeeded' && isMeant(traitsOf(source)),
  )
  const ends = news.flatMap(({ closedAt }) => closedAt ?? [])
  const newest = ends.sort().at(-1)
  return newest === undefined ? undefined : new Date(newest)
}
