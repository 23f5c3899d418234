import { z } from 'zod'
import { rowCountsSchema } from '../batch/manifest/manifest.ts'
import { type RowCounts, sumOfRows } from '../batch/manifest/row-counts.ts'
import type { BackfillPlan } from './backfill.ts'

/** What became of one chunk. */
export interface ChunkOutcome {
  name: string
  partitions: number
  status: string
  error?: string
  cause?: string
  rows?: RowCounts
}

const rowsSchema = z.object({ rows: rowCountsSchema })
/** The row counts in the output of an ingest execution. */
export function rowsOf(output: string | undefined): ChunkOutcome['rows'] {
  try {
    return rowsSchema.parse(JSON.parse(output ?? '')).rows
  } catch {
    return undefined
  }
}

/** Failed chunks in the execution's output; the report file has all. */
const FAILURES_SHOWN = 20

export const backfillReportSchema = z.object({
  backfillId: z.string(),
  reportKey: z.string(),
  chunks: z.object({ total: z.number(), succeeded: z.number(), failed: z.number(), notRun: z.number() }),
  rows: rowsSchema.shape.rows,
  failed: z.array(z.object({ name: z.string(), status: z.string(), error: z.string(), cause: z.string() })),
})
export type BackfillReport = z.infer<typeof backfillReportSchema>

export function summarizeChunks(plan: BackfillPlan, outcomes: ChunkOutcome[]): BackfillReport {
  const count = (...statuses: string[]) => outcomes.filter((outcome) => statuses.includes(outcome.status)).length
  const succeeded = count('SUCCEEDED')
  const notRun = count('NOT_STARTED', 'RUNNING')
  const failed = outcomes.filter(({ status }) => !['SUCCEEDED', 'NOT_STARTED', 'RUNNING'].includes(status))
  return {
    backfillId: plan.backfillId,
    reportKey: `${plan.folder}report.json`,
    chunks: { total: outcomes.length, succeeded, failed: failed.length, notRun },
    rows: sumOfRows(outcomes.map(({ rows }) => rows)),
    failed: failed.slice(0, FAILURES_SHOWN).map(({ name, status, error = status, cause = '' }) => ({ name, status, error, cause })),
  }
}
