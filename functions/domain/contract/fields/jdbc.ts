import { z } from 'zod'
import { CONNECTION_NAME } from '../connections/name.ts'
import { schedule } from './schedule.ts'

const column = z.string().min(1, 'must be the name of a column of the database').max(128)
/** MySQL's longest name has 64 letters, PostgreSQL's 63 bytes; a quote would end the name, and a dot separates schema and table. */
const TABLE = /^[^"'`.\\\s;]{1,64}(\.[^"'`.\\\s;]{1,64})?$/

const LAG = /^(\d{1,5}) (second|minute|hour|day)s?$/
const SECONDS = { second: 1, minute: 60, hour: 3600, day: 86_400 } as const

/** @param lag as the schema has checked it */
export function lagSeconds(lag: string): number {
  const [, number, unit] = LAG.exec(lag) ?? []
  return Number(number) * SECONDS[unit as keyof typeof SECONDS]
}

/** A table of a database, of which each extract reads what has changed. */
export const jdbc = z
  .strictObject({
    /** A file of connections/. */
    connection: z.string().regex(CONNECTION_NAME, 'must be the name of a file of connections/, without its ending'),
    table: z.string().regex(TABLE, 'must be a table, or a schema and a table, such as public.orders'),
    /**
     * Readers side by side, by any column of many values. Of a whole number each reads a range when the whole table is read; else a row's part is a hash of the column.
     * `method: hash` is for numbers with large gaps, of which one range would have most rows.
     */
    split: z
      .strictObject({
        by: column,
        parts: z.int().min(2).max(64),
        method: z.literal('hash', { error: 'must be hash, or be left out' }).optional(),
      })
      .optional(),
    /** A column that grows with every change of a row. Without one each extract reads the whole table. */
    watermark: column.optional(),
    /** full: the whole table each time, and rows that are gone since the last one that is published. */
    mode: z.literal('full', { error: 'must be full, or be left out' }).optional(),
    /** Rows that are younger are left to the next extract: a transaction that began before may still commit. */
    lag: z.string().regex(LAG, 'is a number with seconds, minutes, hours or days, such as 15 minutes').optional(),
    /** Without one you start each extract yourself. */
    schedule: schedule.optional(),
  })
  .refine(({ watermark, lag }) => lag === undefined || watermark !== undefined, {
    path: ['lag'],
    message: 'is about the watermark, and there is none; name the watermark or remove lag',
  })
  .refine(({ watermark, mode }) => mode === undefined || watermark === undefined, {
    path: ['mode'],
    message: 'reads the whole table each time, so a watermark has no use; remove one of the two',
  })

export type JdbcSource = z.infer<typeof jdbc>
