import { createHash } from 'node:crypto'
import { z } from 'zod'
import { describeIssues } from '../batch/batch.ts'
import type { Contract } from '../contract/contract.ts'
import { DATASET_NAME } from '../contract/names.ts'
import { InvalidInputError } from '../errors.ts'

/** One after another, these would run for a week. */
const MAX_CHUNKS = 1000

const day = z
  .string()
  .regex(/^\d{4}(-\d{1,2}(-\d{1,2}(-\d{1,2})?)?)?$/, 'must be a date or the beginning of one, such as 2025-01-31 or 2025-01')

/** What an execution of backfill may be started with; one of `from`/`to`, `partitions` and `all` selects the partitions. */
export const backfillInputSchema = z.strictObject({
  dataset: z.string().regex(DATASET_NAME, 'must match [a-z][a-z0-9_]{0,40}'),
  /** Both inclusive. */
  from: day.optional(),
  to: day.optional(),
  partitions: z
    .array(z.union([z.string().min(1), z.record(z.string(), z.union([z.string(), z.number()]))]))
    .min(1)
    .max(10_000)
    .optional(),
  all: z.literal(true).optional(),
  /** missing: never read by a batch that succeeded. failed: the newest batch that read it failed. */
  only: z.enum(['missing', 'failed', 'all']).default('missing'),
  /** Partitions a batch. */
  chunkSize: z.number().int().min(1).max(1000).default(20),
  /** Batches at once. The lease lets one of a dataset work at a time; more only wait for it side by side. */
  maxConcurrency: z.number().int().min(1).max(10).default(1),
  toleratedFailurePercentage: z.number().min(0).max(100).default(0),
  requestedBy: z.string().max(256).optional(),
  reason: z.string().max(1024).optional(),
  dryRun: z.boolean().default(false),
})
export type BackfillInput = z.infer<typeof backfillInputSchema>

export function parseBackfillInput(input: unknown): BackfillInput {
  const parsed = backfillInputSchema.safeParse(input)
  if (!parsed.success) throw new InvalidInputError(describeIssues(parsed.error))
  const ways = waysNamed(parsed.data)
  if (ways !== 1) throw new InvalidInputError(`${ways === 0 ? 'from' : 'partitions'}: give one of from/to, partitions and all: true`)
  return parsed.data
}

/** How many of the ways to select partitions the input uses; it must be one. */
export function waysNamed({ from, to, partitions, all }: { [way in 'from' | 'to' | 'partitions' | 'all']?: unknown }): number {
  return [from ?? to, partitions, all].filter((way) => way !== undefined).length
}

/**
 * The same for every start of the same backfill, so that a second start finds what the first has done. Another reason, or
 * another contract, makes it another backfill.
 */
export function backfillId(input: BackfillInput, contract: Pick<Contract, 'version'>): string {
  const { dataset, from, to, partitions, all, only, reason } = input
  const identity = JSON.stringify([dataset, from, to, partitions, all, only, reason, contract.version])
  return `${dataset}-${createHash('sha256').update(identity).digest('hex').slice(0, 12)}`
}

/** One execution of ingest; the Distributed Map reads an array of these. */
export const chunkSchema = z.object({
  /** Of the backfill's execution, so it is the same when that is redriven. */
  name: z.string(),
  partitions: z.number().int(),
  input: z.looseObject({ dataset: z.string(), backfillId: z.string() }),
})
export type Chunk = z.infer<typeof chunkSchema>

export function planChunks(input: BackfillInput, id: string, executionId: string, partitions: Record<string, string>[]): Chunk[] {
  const { dataset, chunkSize, requestedBy, reason } = input
  const run = createHash('sha256').update(executionId).digest('hex').slice(0, 8)
  const common = { dataset, source: 'backfill' as const, backfillId: id, ...(requestedBy && { requestedBy }), ...(reason && { reason }) }
  // A dataset without partition keys is one chunk: everything.
  const groups = partitions.every((partition) => Object.keys(partition).length === 0)
    ? partitions.slice(0, 1).map(() => undefined)
    : Array.from({ length: Math.ceil(partitions.length / chunkSize) }, (_, n) => partitions.slice(n * chunkSize, (n + 1) * chunkSize))
  if (groups.length > MAX_CHUNKS) {
    const enough = Math.ceil(partitions.length / MAX_CHUNKS)
    throw new InvalidInputError(
      `chunkSize: ${chunkSize} makes ${groups.length} batches of ${partitions.length} partitions; give at least ${enough}`,
    )
  }
  return groups.map((group, n) => ({
    name: `${dataset}-bf-${run}-${String(n).padStart(5, '0')}`,
    partitions: group?.length ?? 1,
    input: { ...common, ...(group && { partitions: group }) },
  }))
}

export const backfillFolder = (dataset: string, id: string, executionName: string) => `backfills/${dataset}/${id}/${executionName}/`

/** What the later states need of the plan; the chunks themselves are in S3. */
export const backfillPlanSchema = z.object({
  dataset: z.string(),
  backfillId: z.string(),
  dryRun: z.boolean(),
  folder: z.string(),
  chunksKey: z.string(),
  chunks: z.number().int(),
  partitions: z.number().int(),
  /** Partitions in the asked range that are skipped, by reason. */
  skipped: z.record(z.string(), z.number().int()),
  /** The range in whole partitions, where it is wider than what was asked for. */
  widened: z.object({ from: z.string().optional(), to: z.string().optional() }).nullable(),
  estimate: z.object({ seconds: z.number(), dollars: z.number(), basis: z.string() }),
  maxConcurrency: z.number().int(),
  toleratedFailurePercentage: z.number(),
})
export type BackfillPlan = z.infer<typeof backfillPlanSchema>
