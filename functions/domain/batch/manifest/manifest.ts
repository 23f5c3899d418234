import { z } from 'zod'
import { batchSourceSchema } from '../plan.ts'
import { tableKindSchema } from '../table-kind.ts'
import { profileSchema } from './profile.ts'
import type { RowCounts } from './row-counts.ts'

const count = z.number().int().nonnegative()

export const rowCountsSchema = z.strictObject({
  read: count,
  written: count,
  duplicates: count,
  superseded: count,
  quarantined: count,
  deleted: count.optional(),
}) satisfies z.ZodType<RowCounts>

/** A batch's commit to an Iceberg table, on a branch of its own. Ids are text: they have 64 bits. */
const commitSchema = z.strictObject({
  branch: z.string(),
  snapshotId: z.string().regex(/^\d+$/),
  /** Where `main` was when the batch was merged. */
  baseSnapshotId: z.string().regex(/^\d+$/),
  /** How many ends of months the table keeps (`curated.month_ends`). */
  monthEnds: z.number().int().positive().optional(),
  /** What becomes the table's current columns and partitioning with it, where they change: ids in its metadata. */
  schemaId: count.optional(),
  specId: count.optional(),
})
export type Commit = z.infer<typeof commitSchema>

const fileSchema = z.strictObject({ key: z.string(), bytes: count })

/** `runs/<dataset>/<batch_id>/manifest.json`: what the curate job read, wrote and set aside. Keys are in the lake bucket. */
export const manifestSchema = z.object({
  dataset: z.string(),
  batchId: z.string(),
  source: batchSourceSchema,
  contractVersion: z.string(),
  /** Of a compaction, which reads no new row, all are 0. */
  rows: rowCountsSchema,
  /** Rows that the table had, and that written rows replace: newer versions of the same keys. Manifests of earlier versions lack it. */
  replaced: count.optional(),
  /** Rule or built-in reason → rows with it; a row with two reasons counts in both. */
  quarantinedByRule: z.record(z.string(), count),
  /** Whole replacements of curated partitions, under `staged/<dataset>/batch_id=…/`. */
  partitions: z.array(
    z.strictObject({
      /** Hive path below `curated/<dataset>/`, without slashes at the ends; '' for an unpartitioned table. */
      path: z.string(),
      values: z.record(z.string(), z.string()),
      rows: count,
      /** Staged files; published under `curated/<dataset>/<path>/` with the run in the file name beside the batch id. */
      files: z.array(fileSchema),
      /** Curated keys that these files replace: what was read as the partition's earlier content. */
      replaces: z.array(z.string()),
    }),
  ),
  /** The same of tombstones, which are under `tombstones/<dataset>/<path>/`: keys that rows have removed. Only of a contract with `delete_when`. */
  tombstones: z
    .array(z.strictObject({ path: z.string(), rows: count, files: z.array(fileSchema), replaces: z.array(z.string()) }))
    .optional(),
  /** Quarantine files, already in place under `quarantine/<dataset>/…`, and those of earlier runs that they replace. */
  quarantine: z.strictObject({
    files: z.array(fileSchema),
    replaces: z.array(z.string()),
    /**
     * Where an object has landed again: the files of `replaces` without the rows of its earlier content, under `runs/<dataset>/<batch_id>/quarantine/`;
     * published under the same path of `quarantine/<dataset>/`.
     */
    rewritten: z.array(fileSchema).optional(),
    /** A few of the rows, by those columns of their key that the contract lets an alert name. */
    examples: z
      .array(z.object({ key: z.record(z.string(), z.string().nullable()), reasons: z.array(z.string()), file: z.string() }))
      .optional(),
    /** Columns whose values no alert and no report shows. */
    hidden: z.array(z.string()).optional(),
  }),
  /** Of an Iceberg table: what publishing makes visible. `partitions` are then the same rows, staged for the rules of `quality`. */
  commit: commitSchema.optional(),
  drift: z.strictObject({
    /** Column → files that lack it. */
    missing: z.record(z.string(), count),
    /** Column unknown to the contract → files that have it. */
    unknown: z.record(z.string(), count),
  }),
  /** Claimed objects that were deleted before the job could read them. */
  missingObjects: z.array(z.string()),
  /** Keys of the plan's unread landings that this batch has read. */
  readLandings: z.array(z.string()).optional(),
  /** Foreign key with `on_missing: warn` → good rows whose value its parent does not have. */
  missingReferences: z.record(z.string(), count).optional(),
  /** Of these foreign keys, those whose parent had published nothing yet. */
  unpublishedParents: z.array(z.string()).optional(),
  /** Of the good rows; missing where there are none, of a compaction, of gold, and of earlier versions. */
  profile: profileSchema.optional(),
  /**
   * Quarantined rows whose only reason is that a parent does not have their key yet (`on_missing: wait`). `since`: when the oldest of the batches was judged
   * whose rows, or some of them, wait.
   */
  waiting: z.strictObject({ rows: count, since: z.string() }).optional(),
  /** Set when these files change the noted kind of the table, or are its first. */
  table: tableKindSchema.optional(),
  /** Of a table's first batch in which many rows lose: keys with the most rows. A wrong primary key looks like this. */
  repeatedKeys: z.array(z.object({ key: z.record(z.string(), z.string().nullable()), rows: count })).optional(),
  /** Raw objects and bytes read. */
  input: z.strictObject({ files: count, bytes: count }),
  /** Of a compaction, or of a migration, which leaves the files: the earlier content of the partitions that it rewrites. Its rows are exactly those of `partitions`. `filesAfter` is of an Iceberg table, whose new files are in its own metadata. */
  compacted: z.strictObject({ rows: count, files: count, bytes: count, filesAfter: count.optional() }).optional(),
  /** Of a gold dataset: the partitions that were rebuilt (a count), the files that the query read, and what was reconciled. */
  gold: z
    .object({
      rebuilt: z.union([z.literal('everything'), count]),
      /** `snapshot`: of an Iceberg table, the one that was read. */
      sources: z.record(z.string(), z.object({ files: count, bytes: count, snapshot: z.string().optional() })),
      /** Column → source and column of each column that it is made of; missing where Spark could not say. */
      columns: z.record(z.string(), z.array(z.tuple([z.string(), z.string()]))).optional(),
      reconciled: z.record(z.string(), z.object({ gold: z.string(), sources: z.string() })).optional(),
      /** Keys in the lake of what earlier batches have noted of their sources' keys; of no use once this one is published. */
      retires: z.array(z.string()).optional(),
    })
    .optional(),
  /** Seconds by step and Spark's own metrics; for people, not for decisions. */
  metrics: z.record(z.string(), z.number()),
  startedAt: z.string(),
  finishedAt: z.string(),
})
export type Manifest = z.infer<typeof manifestSchema>

/** Undefined where there is no text, or one that is not a manifest. */
export function manifestOf(text: string | undefined): Manifest | undefined {
  try {
    return manifestSchema.safeParse(JSON.parse(text ?? 'null')).data
  } catch {
    return undefined
  }
}

/** The check of a compaction: it stages exactly the existing rows and does nothing else. */
export function isPureCompaction({ rows, compacted, partitions, quarantine }: Manifest): boolean {
  const staged = partitions.reduce((sum, partition) => sum + partition.rows, 0)
  const nothingElse = Object.values(rows).every((number) => number === 0) && quarantine.files.length + quarantine.replaces.length === 0
  return compacted !== undefined && compacted.rows === staged && nothingElse
}
