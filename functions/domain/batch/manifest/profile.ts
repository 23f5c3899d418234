import { z } from 'zod'

const count = z.number().int().nonnegative()

const columnProfileSchema = z.strictObject({
  /** Exact where the sample is every row, otherwise an estimate. */
  nulls: count,
  /** Different values: exact where the sample is every row, otherwise an estimate. */
  distinct: count,
  /** Of the sample, as text; at most 64 letters. */
  min: z.string().optional(),
  max: z.string().optional(),
  /** Of the sample, in buckets of one width; `from` is the lower edge of the first. */
  histogram: z.strictObject({ from: z.number(), width: z.number().positive(), counts: z.array(count).min(1) }).optional(),
  /** Of a sensitive column, or one that is derived from such: no value is shown. */
  hidden: z.literal(true).optional(),
})
export type ColumnProfile = z.infer<typeof columnProfileSchema>

/** What the rows of a batch that were not quarantined look like, before duplicates are left out. */
export const profileSchema = z.strictObject({
  rows: count,
  /** Of these rows the ones that all else is from: every one of a small batch. */
  sampled: count,
  columns: z.record(z.string(), columnProfileSchema),
})
export type Profile = z.infer<typeof profileSchema>
