import type { ExtractRecord } from '../../functions/domain/extract/extract.ts'
import { dollarsOf, roundedCost, usageOfExecution } from '../report/model/batch-cost.ts'
import type { ExecutionTrace } from '../report/traces/execution-trace.ts'
import { DIGITS, monthly, type Period, projectionDays } from './period.ts'

export type CostedExtract = Pick<ExtractRecord, 'status' | 'rows' | 'objects' | 'startedAt'> & { trace: ExecutionTrace | null }

/** What the extracts of one dataset's database have cost in a period; the batches that read what they landed are apart. */
export interface ExtractCost {
  /** Whose cost is known: all that follows is of these. */
  costed: number
  failed: number
  running: number
  /** Ended, but Step Functions no longer has their executions. */
  unknown: number
  dpuSeconds: { standard: number; flex: number }
  rows: number
  dollars: number
  dollarsPerMonth: number | null
}

/** What an extract writes beside its objects: plan and receipt. */
const FILE_WRITES = 2

/** @param firstStart ISO; of the dataset's oldest known extract, also before the period */
export function extractCost(extracts: CostedExtract[], firstStart: string | undefined, period: Period): ExtractCost {
  const running = extracts.filter(({ status }) => status === 'running').length
  const known = extracts.flatMap((extract) => {
    const used = extract.status === 'running' ? null : usageOfExtract(extract)
    return used ? [{ ...extract, used }] : []
  })
  const dpuSeconds = { standard: 0, flex: 0 }
  for (const { used } of known) {
    dpuSeconds.standard += used.curateDpuSeconds.standard
    dpuSeconds.flex += used.curateDpuSeconds.flex
  }
  const dollars = known.reduce((sum, { used }) => sum + dollarsOf(used).total, 0)
  return {
    costed: known.length,
    failed: known.filter(({ status }) => status === 'failed').length,
    running,
    unknown: extracts.length - running - known.length,
    dpuSeconds,
    rows: known.reduce((sum, { rows = 0 }) => sum + rows, 0),
    dollars: Number(dollars.toFixed(DIGITS)),
    dollarsPerMonth: known.length === 0 ? null : monthly(dollars, projectionDays(firstStart, period)),
  }
}

/** Of one extract, to a hundredth of a cent; null when unknown. */
export function dollarsOfExtract(extract: CostedExtract): number | null {
  const used = usageOfExtract(extract)
  return used && roundedCost(dollarsOf(used), 4).total
}

function usageOfExtract({ trace, objects = [] }: CostedExtract) {
  if (trace === null || trace.status === 'RUNNING') return null
  return {
    ...usageOfExecution(trace),
    ...{ qualityDpuSeconds: 0, crawls: 0, s3Reads: 0, landings: 0 },
    s3Writes: FILE_WRITES + objects.length,
  }
}
