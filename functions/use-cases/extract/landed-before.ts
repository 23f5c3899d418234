import type { JdbcSource } from '../../domain/contract/fields/jdbc.ts'
import { watermarkOf } from '../../domain/extract/extract.ts'
import { isPublished, type WatermarkWorld } from './published-watermark.ts'

const LOOKED_AT = 50

/**
 * Objects of earlier extracts of the whole table whose keys may be in ours: those of the newest that is published, and of all that landed after it, since
 * their batches may yet be published.
 */
export async function landedBefore(dataset: string, source: JdbcSource, { extracts, landings }: WatermarkWorld): Promise<string[]> {
  const of = watermarkOf(source)
  const found: string[] = []
  for (const record of await extracts.recent(dataset, LOOKED_AT)) {
    if (record.of !== of || record.status !== 'landed') continue
    found.push(...(record.objects ?? []))
    if (await isPublished(record, landings)) break
  }
  return found
}
