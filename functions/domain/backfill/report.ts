import { z } from 'zod'
import type { Alert } from '../alert/alerts.ts'
import { consoleLinks } from '../alert/console-links.ts'
import { sluiceCommand } from '../alert/next-command.ts'
import { type Failure, readFailure } from '../batch/failure.ts'
import type { BackfillPlan } from './backfill.ts'

/** What became of one chunk. */
export interface ChunkOutcome {
  name: string
  partitions: number
  status: string
  error?: string
  cause?: string
  rows?: { read: number; written: number; duplicates: number; superseded: number; quarantined: number }
}

const rowsSchema = z.object({
  rows: z.object({ read: z.number(), written: z.number(), duplicates: z.number(), superseded: z.number(), quarantined: z.number() }),
})
/** The rows that an execution of ingest tells in its output. */
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
  const sum = (field: keyof NonNullable<ChunkOutcome['rows']>) => outcomes.reduce((total, { rows }) => total + (rows?.[field] ?? 0), 0)
  const failed = outcomes.filter(({ status }) => !['SUCCEEDED', 'NOT_STARTED', 'RUNNING'].includes(status))
  return {
    backfillId: plan.backfillId,
    reportKey: `${plan.folder}report.json`,
    chunks: { total: outcomes.length, succeeded, failed: failed.length, notRun },
    rows: {
      read: sum('read'),
      written: sum('written'),
      duplicates: sum('duplicates'),
      superseded: sum('superseded'),
      quarantined: sum('quarantined'),
    },
    failed: failed.slice(0, FAILURES_SHOWN).map(({ name, status, error = status, cause = '' }) => ({ name, status, error, cause })),
  }
}

export function backfillFinished(plan: BackfillPlan, report: BackfillReport, executionArn: string, failure?: Failure): Alert {
  const { total, succeeded, failed, notRun } = report.chunks
  const isWhole = succeeded === total && !failure
  return {
    kind: 'backfill-finished',
    severity: isWhole ? 'info' : failure ? 'critical' : 'warning',
    dataset: plan.dataset,
    message: `${plan.dataset}: backfill ${plan.backfillId} ${failure ? 'failed' : 'finished'}: ${succeeded} of ${total} chunks succeeded, ${failed} failed, ${notRun} did not run`,
    observed: {
      chunks: total,
      succeeded,
      failed,
      notRun,
      limit: `${plan.toleratedFailurePercentage}% may fail`,
      partitions: plan.partitions,
    },
    rows: report.rows,
    ...(report.failed.length > 0 && {
      failedChunks: report.failed.map(
        ({ name, error, cause }) => `${name}: ${error} ${readFailure({ Error: error, Cause: cause }).message}`,
      ),
    }),
    ...(failure && { failure: readFailure(failure) }),
    links: consoleLinks({ executionArn }),
    next: isWhole
      ? [sluiceCommand(executionArn, 'status', plan.dataset)]
      : ['Start the same backfill again: it does only what is left.', sluiceCommand(executionArn, 'status', plan.dataset)],
  }
}
