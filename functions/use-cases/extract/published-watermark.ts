import type { JdbcSource } from '../../domain/contract/fields/jdbc.ts'
import { type ExtractRecord, watermarkOf } from '../../domain/extract/extract.ts'
import type { Extracts, Watermark } from '../../ports/extracts.ts'
import type { Landings } from '../../ports/landings.ts'

export interface WatermarkWorld {
  extracts: Pick<Extracts, 'recent' | 'watermark'>
  landings: Pick<Landings, 'find'>
}

const LOOKED_AT = 50

/**
 * The upper bound of the newest extract that is published: every object of it is in a batch that succeeded. Each extract begins at such a bound,
 * so all before it is published too. What failed, or was dismissed, is therefore read again by the next extract.
 */
export async function publishedWatermark(dataset: string, source: JdbcSource, world: WatermarkWorld): Promise<Watermark | undefined> {
  const of = watermarkOf(source)
  const known = await world.extracts.watermark(dataset)
  for (const record of await world.extracts.recent(dataset, LOOKED_AT)) {
    const { extractId, upper, status, byHand } = record
    // Rows of landings expire; the watermark does not.
    if (known?.of === of && known.extractId >= extractId) return known
    if (record.of !== of || status !== 'landed' || byHand || upper === undefined) continue
    if (await isPublished(record, world.landings)) return { of, upper, extractId }
  }
  return known?.of === of ? known : undefined
}

/** Every object of it is in a batch that succeeded. */
export async function isPublished({ dataset, objects = [] }: ExtractRecord, landings: Pick<Landings, 'find'>): Promise<boolean> {
  const rows = await landings.find(dataset, objects)
  return rows.length === objects.length && rows.every(({ status }) => status === 'done')
}
