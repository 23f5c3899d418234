import { z } from 'zod'
import { datasetName, identifier, sql } from '../names.ts'
import { isSchedule, scheduleProblem } from './schedule.ts'

/**
 * How far a change of a source reaches. A mapping: gold partition column → expression over the source's partition columns. `key`: rows of source and gold table
 * with the same values in these columns.
 */
const rebuilds = z.union(
  [
    z.enum(['all', 'none']),
    z.strictObject({ key: z.union([identifier, z.array(identifier).min(1)]) }),
    z.record(
      identifier.refine((name) => name !== 'key'),
      sql,
    ),
  ],
  {
    error:
      'must be all, none, { key: column }, or { gold partition column: expression over the partition columns of the source }; key stands alone',
  },
)
export type Rebuilds = z.infer<typeof rebuilds>

/** The columns by which changes of a source are followed; undefined of a reach by partitions. */
export function keyOf(reach: unknown): string[] | undefined {
  if (typeof reach !== 'object' || reach === null || !('key' in reach)) return undefined
  return [reach.key].flat().filter((name) => typeof name === 'string')
}

const start = z
  .string()
  .superRefine((text, context) => {
    if (text === 'after_any' || text === 'after_all') return
    const message = isSchedule(text) ? scheduleProblem(text) : 'must be after_any, after_all, rate(…) or cron(…)'
    if (message !== undefined) context.addIssue({ code: 'custom', message })
  })
  .default('after_any')

/** What a gold dataset has in place of `source`; docs/gold.md is its page. */
export const gold = z.strictObject({
  sources: z
    .record(datasetName, z.strictObject({ rebuilds }))
    .refine((all) => Object.keys(all).length > 0, 'must name at least one dataset'),
  /** Spark SQL over the named tables. */
  sql,
  start,
})
export type Gold = z.infer<typeof gold>

/** Two statements that must give the same number, before anything is published. */
export const reconcile = z.record(
  identifier,
  z.strictObject({
    gold: sql,
    sources: sql,
    /** How far the two may be apart. */
    tolerance: z.number().min(0).default(0),
    /** Over the whole table, not only over the partitions of the batch. */
    whole: z.boolean().default(false),
  }),
)
