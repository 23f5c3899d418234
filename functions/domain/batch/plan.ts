import { z } from 'zod'
import { BATCH_SOURCE_NAMES, type BatchSource, type SourceTraits, traitsOf } from './source.ts'

export const batchSourceSchema = z.enum(BATCH_SOURCE_NAMES)

const plannedObjectSchema = z.strictObject({
  key: z.string(),
  size: z.number().int().nonnegative(),
  sequencer: z.string(),
  partition: z.record(z.string(), z.string()),
  /** The ledger knew earlier content of the key. Once the batch has published, no row of that is left in quarantine. */
  relanded: z.literal(true).optional(),
})

/**
 * `runs/<dataset>/<batch_id>/plan.json`: what a batch is to read, written once, before its execution starts. Kept in S3
 * because 100,000 object names meet no limit there, while 256 KB between states do.
 */
export const planSchema = z.strictObject({
  dataset: z.string(),
  batchId: z.string(),
  source: batchSourceSchema,
  /** What the job reads: the source's row in source.ts, so that the job needs no copy of that table. Older plans lack it. */
  reads: z.enum(['landings', 'raw', 'quarantine', 'curated', 'parquet', 'published', 'sources']).optional(),
  /**
   * Pushdown predicates for the catalog's GetPartitions expression, each at most 2,048 characters; together they cover the
   * batch's partitions. Empty: every partition (also the only choice for a dataset without partition keys).
   */
  predicates: z.array(z.string().max(2048)),
  /** What a batch of landings has claimed. `key` is the decoded object key in the raw bucket; `partition` its Hive values by partition key. */
  objects: z.array(plannedObjectSchema),
  /** For raw only: landings that no batch had read when this one was planned. Those of them that it reads are done once it has succeeded. */
  unread: z.array(plannedObjectSchema).optional(),
  /**
   * For a compaction only: values of the curated partitions to look at; without it, every one. Named rather than selected by a
   * predicate: curated keys have types, and the catalog's expressions treat each type differently, some not at all.
   */
  partitions: z.array(z.record(z.string(), z.string())).optional(),
  /** For raw only: read all of it and replace the whole table, whatever it has; the one way to another kind of rows. */
  rebuild: z.literal(true).optional(),
  /** For a compaction only: check first that each key of the whole table occurs once. */
  checkKeys: z.boolean().optional(),
  createdAt: z.string(),
})
export type BatchPlan = z.infer<typeof planSchema>

/** The two fields of a plan that name what its batch reads. */
export const planSource = (source: BatchSource): { source: BatchSource; reads: SourceTraits['reads'] } => ({
  source,
  reads: traitsOf(source).reads,
})
