import type { Contract } from '../../functions/domain/contract/contract.ts'
import { nextTime } from '../../functions/domain/contract/fields/schedule.ts'
import type { ExtractRecord } from '../../functions/domain/extract/extract.ts'
import { publishedWatermark, type WatermarkWorld } from '../../functions/use-cases/extract/published-watermark.ts'

/** How far a dataset has come with its database. */
export interface ExtractStatus {
  connection: string
  table: string
  /** Up to this value of the watermark all is published; null without a watermark, or before the first. */
  publishedTo: string | null
  last: Pick<ExtractRecord, 'extractId' | 'status' | 'startedAt' | 'endedAt' | 'rows' | 'error'> | null
  /** Seconds since the start of the newest extract that has landed; null before the first. */
  lagSeconds: number | null
  /** The contract's schedule; null where a person starts each extract. */
  schedule: string | null
  /** About when the next one starts; null without a schedule. */
  nextAt: string | null
}

const LOOKED_AT = 20

export async function extractStatus({ dataset, source }: Contract, world: WatermarkWorld, now: Date): Promise<ExtractStatus | null> {
  if (!source.jdbc) return null
  const { connection, table, schedule = null, watermark } = source.jdbc
  const recent = await world.extracts.recent(dataset, LOOKED_AT)
  const published = watermark === undefined ? undefined : await publishedWatermark(dataset, source.jdbc, world)
  const [last] = recent
  const landed = recent.find(({ status }) => status === 'landed')
  // A rate counts from the last one; a time of the day does not.
  const after = new Date(schedule?.startsWith('rate(') && last ? last.startedAt : now)
  const next = schedule === null ? undefined : nextTime(schedule, after)
  return {
    connection,
    table,
    publishedTo: published?.upper ?? null,
    last: last ? lastOf(last) : null,
    lagSeconds: landed ? Math.round((now.getTime() - Date.parse(landed.startedAt)) / 1000) : null,
    schedule,
    nextAt: next ? new Date(Math.max(now.getTime(), next.getTime())).toISOString() : null,
  }
}

const lastOf = ({ extractId, status, startedAt, endedAt, rows, error }: ExtractRecord) => ({
  ...{ extractId, status, startedAt },
  ...(endedAt !== undefined && { endedAt }),
  ...(rows !== undefined && { rows }),
  ...(error !== undefined && { error }),
})
