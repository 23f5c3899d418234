import { createHash } from 'node:crypto'
import { z } from 'zod'
import { DATASET_NAME } from '../contract/names.ts'
import { InvalidInputError } from '../errors.ts'
import { compactTime } from '../names.ts'
import { batchSourceSchema } from './plan.ts'
import { BATCH_SOURCE_NAMES, claimsLandings, traitsOf } from './source.ts'

/** TimeoutSeconds of the ingest state machine; a test holds them to each other. */
export const LONGEST_EXECUTION_SECONDS = 345_600

const executionSchema = z.object({ id: z.string().min(1), name: z.string().min(1), startTime: z.string().min(1) })
export type Execution = z.infer<typeof executionSchema>

/** One partition as a person writes it: `{ "month": "2025-01" }` or `"month=2025-01"` (more keys after slashes). */
const partitionSchema = z.union([z.string().min(1), z.record(z.string(), z.union([z.string(), z.number()]))])

/** What an execution of ingest may be started with. Strict: a misspelt field must not mean "everything". */
export const ingestInputSchema = z.strictObject({
  dataset: z.string().regex(DATASET_NAME, 'must match [a-z][a-z0-9_]{0,40}'),
  /** Only together with planUri: a plan that exists already. */
  batchId: z
    .string()
    .regex(/^[a-z][A-Za-z0-9_-]{0,79}$/, 'must be a batch id')
    .optional(),
  planUri: z.string().optional(),
  source: batchSourceSchema.optional(),
  partitions: z.array(partitionSchema).min(1, 'must name at least one partition').max(10_000).optional(),
  push_down_predicate: z.string().optional(),
  /** Only of a compaction (source curated): fail where a key of the table occurs more than once. */
  checkKeys: z.boolean().optional(),
  /** Only of a batch that reads all of raw: its rows replace the whole table. */
  rebuild: z.literal(true).optional(),
  requestedBy: z.string().max(256).optional(),
  reason: z.string().max(1024).optional(),
  /** The backfill that this batch is a chunk of. */
  backfillId: z.string().max(128).optional(),
})
export type IngestInput = z.infer<typeof ingestInputSchema>

export const prepareBatchInput = z.object({ input: z.unknown(), execution: executionSchema })

/** Partitions that a crawl has left out: how many, and some of their names. */
export const leftOutSchema = z.object({ count: z.number().int(), names: z.array(z.string()) })
export type LeftOut = z.infer<typeof leftOutSchema>
const NAMES_KEPT = 5

export const leftOutOf = (names: string[]): LeftOut => ({ count: names.length, names: names.slice(0, NAMES_KEPT) })

/** What every later state knows of the batch; the state machine's variable `$batch`. */
export const batchSchema = z.object({
  dataset: z.string(),
  owner: z.string(),
  batchId: z.string(),
  source: batchSourceSchema,
  planUri: z.string(),
  /** When the plan was written: no job run of this batch is older. */
  plannedAt: z.string(),
  contractUri: z.string(),
  contractVersion: z.string(),
  database: z.string(),
  tables: z.object({ raw: z.string(), staged: z.string(), curated: z.string(), quarantine: z.string() }),
  references: z.record(z.string(), z.string()),
  job: z.object({
    workerType: z.string(),
    workers: z.number().int(),
    timeoutMinutes: z.number().int(),
    executionClass: z.enum(['STANDARD', 'FLEX']),
    autoScaling: z.boolean(),
  }),
  crawler: z.string(),
  /** new-partitions: no curated crawl when the catalog has every partition of the batch already. never: none at all. */
  crawl: z.enum(['always', 'new-partitions', 'never']),
  ruleset: z.string().nullable(),
  warnRate: z.number(),
  haltRate: z.number(),
  leaseSeconds: z.number().int(),
  /** For the job, which knows no stage, to name in an error. A batch that an earlier version prepared has none. */
  rebuildCommand: z.string().optional(),
  execution: executionSchema,
  /** Raw partitions that its crawl left out and that were registered. A batch that an earlier version prepared has none. */
  leftOut: leftOutSchema.default({ count: 0, names: [] }),
})
export type Batch = z.infer<typeof batchSchema>

/** Reads the execution's input, or throws an error that names the wrong field and why. */
export function parseIngestInput(input: unknown): IngestInput {
  const parsed = ingestInputSchema.safeParse(input)
  if (!parsed.success) throw new InvalidInputError(describeIssues(parsed.error))
  const { partitions, push_down_predicate, checkKeys, planUri, batchId, source } = parsed.data
  if (partitions && push_down_predicate !== undefined) {
    throw new InvalidInputError('push_down_predicate: give either it or partitions, not both')
  }
  if ((planUri === undefined) !== (batchId === undefined)) {
    throw new InvalidInputError(`${planUri === undefined ? 'planUri' : 'batchId'}: is missing; batchId and planUri come together`)
  }
  if (planUri !== undefined && (partitions || push_down_predicate !== undefined || checkKeys !== undefined)) {
    throw new InvalidInputError('planUri: the plan already names what to read; leave out partitions, push_down_predicate and checkKeys')
  }
  if (parsed.data.rebuild && (partitions || push_down_predicate !== undefined || planUri !== undefined || (source ?? 'raw') !== 'raw')) {
    throw new InvalidInputError('rebuild: reads all of raw; leave out partitions, push_down_predicate, planUri and any other source')
  }
  if (checkKeys !== undefined && (source === undefined || traitsOf(source).reads !== 'curated')) {
    throw new InvalidInputError('checkKeys: only a compaction has it; give source curated as well')
  }
  if (source !== undefined && claimsLandings(source) && planUri === undefined) {
    const others = BATCH_SOURCE_NAMES.filter((name) => !claimsLandings(name)).join(', ')
    throw new InvalidInputError(`source: ${source} are claimed by a plan; without planUri give one of ${others}`)
  }
  return parsed.data
}

export function describeIssues(error: z.ZodError): string {
  return error.issues
    .map((issue) => {
      if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => `${key}: is not a field of this input`).join('; ')
      return `${issue.path.join('.') || 'input'}: ${issue.message}`
    })
    .join('; ')
}

/** Of the execution alone, so that a redriven one runs the same batch; at most 80 characters. */
export function manualBatchId(dataset: string, execution: Execution): string {
  const time = compactTime(new Date(execution.startTime).toISOString())
  return `${dataset}-${time}-${createHash('sha256').update(execution.id).digest('hex').slice(0, 8)}`
}

/** What is known of a batch even when it failed while it was prepared. */
export const batchIdentitySchema = batchSchema.pick({ dataset: true, batchId: true, execution: true })
