import { createHash } from 'node:crypto'
import { z } from 'zod'
import { describeIssues, type Execution } from '../batch/batch.ts'
import type { JdbcSource } from '../contract/fields/jdbc.ts'
import { DATASET_NAME } from '../contract/names.ts'
import { InvalidInputError } from '../errors.ts'
import { compactTime } from '../names.ts'

const bound = z.string().min(1).max(128)

/** What an execution of `extract` may be started with. Strict: a misspelt field must not mean "what has changed". */
const extractInputSchema = z.strictObject({
  dataset: z.string().regex(DATASET_NAME, 'must match [a-z][a-z0-9_]{0,40}'),
  /** The whole table, whatever is published. */
  all: z.literal(true).optional(),
  /** First and last value of the watermark, both included, as the database writes them. Such an extract moves no watermark. */
  from: bound.optional(),
  to: bound.optional(),
  requestedBy: z.string().max(256).optional(),
  reason: z.string().max(1024).optional(),
})
export type ExtractInput = z.infer<typeof extractInputSchema>

/** @throws InvalidInputError that names the wrong field and why */
export function parseExtractInput(input: unknown): ExtractInput {
  const parsed = extractInputSchema.safeParse(input)
  if (!parsed.success) throw new InvalidInputError(describeIssues(parsed.error))
  const { all, from, to } = parsed.data
  if (all && (from !== undefined || to !== undefined)) throw new InvalidInputError('all: reads the whole table; leave out from and to')
  return parsed.data
}

/** Of the execution alone, so that a redriven one writes the same objects. Sorts by time. */
export const extractId = ({ id, startTime }: Execution) =>
  `${compactTime(new Date(startTime).toISOString())}-${createHash('sha256').update(id).digest('hex').slice(0, 8)}`

/** What later states of the machine know of the extract, its variable `$extract`. */
export const extractSchema = z.object({
  dataset: z.string(),
  extractId: z.string(),
  execution: z.object({ id: z.string(), name: z.string(), startTime: z.string() }),
  job: z
    .object({
      name: z.string(),
      planUri: z.string(),
      contractUri: z.string(),
      workerType: z.string(),
      workers: z.int(),
      timeoutMinutes: z.int(),
    })
    .optional(),
})
export type Extract = z.infer<typeof extractSchema>

/** What the job reads (sluice_etl/extract/plan.py). */
export interface ExtractPlan {
  dataset: string
  extractId: string
  source: Pick<JdbcSource, 'connection' | 'table' | 'watermark' | 'split' | 'mode'> & { lagSeconds: number }
  /** Bounds of the watermark, both included; without an upper one the job asks the database. */
  lower?: string
  upper?: string
  /** Of mode full: keys in the raw bucket of what is there to compare with. */
  before?: string[]
}

/** What the job leaves when it has landed everything. */
export const receiptSchema = z.object({
  rows: z.int(),
  /** Keys in the raw bucket. */
  objects: z.array(z.string()),
  /** The highest value of the watermark that may be in them; null of a whole table, or when no row is old enough. */
  upper: z.string().nullable(),
})
export type Receipt = z.infer<typeof receiptSchema>

/** What the ledger keeps of an extract. */
export interface ExtractRecord {
  dataset: string
  extractId: string
  status: 'running' | 'landed' | 'failed'
  executionArn: string
  startedAt: string
  endedAt?: string
  /** Of which watermark the bounds are: those of another connection, table or column mean nothing. */
  of: string
  /** A person has asked for this window: it moves no watermark. */
  byHand?: true
  lower?: string
  upper?: string
  rows?: number
  objects?: string[]
  error?: string
}

export const watermarkOf = ({ connection, table, watermark = '' }: Pick<JdbcSource, 'connection' | 'table' | 'watermark'>) =>
  `${connection}/${table}/${watermark}`
