import type { BatchFacts } from '../report/facts.ts'
import { type BatchCost, type BatchUsage, dollarsOf, roundedCost, usageOf } from '../report/model/batch-cost.ts'
import { DIGITS, monthly, type Period, projectionDays } from './period.ts'

export type CostedBatch = Pick<BatchFacts, 'status' | 'source' | 'quality' | 'manifest' | 'trace'>

/** What one dataset has cost in a period, and what follows from it. Ratios are null where there is too little to divide by. */
export interface DatasetCost {
  dataset: string
  batches: {
    /** Whose cost is known: all that follows is of these. */
    costed: number
    /** Of them, those that ended badly: they cost as others do. */
    failed: number
    /** Not ended yet. */
    running: number
    /** Ended, but Step Functions no longer has their executions. */
    unknown: number
  }
  used: BatchUsage
  dollars: BatchCost
  failedDollars: number
  read: { bytes: number; rows: number }
  dollarsPerBatch: number | null
  dollarsPerGigabyte: number | null
  dollarsPerMillionRows: number | null
  dollarsPerMonth: number | null
  /** Days from which a month is projected: the period, or what the dataset has had of it. */
  projectedFromDays: number
}

const GIGABYTE = 1_000_000_000
/** Below these a batch's fixed costs alone would make the price of a GB, or of a million rows. */
const LEAST_BYTES = 1_000_000
const LEAST_ROWS = 1000

/** @param firstStart ISO; of the dataset's oldest known batch, also before the period */
export function datasetCost(dataset: string, batches: CostedBatch[], firstStart: string | undefined, period: Period): DatasetCost {
  const running = batches.filter(({ status }) => status === 'running')
  const known = batches.flatMap((batch) => {
    const usage = batch.status === 'running' ? null : usageOf(batch)
    return usage ? [{ ...batch, usage }] : []
  })
  const used = sumOf(known.map(({ usage }) => usage))
  const failed = known.filter(({ status }) => status === 'failed')
  const read = { bytes: 0, rows: 0 }
  for (const { manifest } of known) {
    read.bytes += manifest?.input.bytes ?? 0
    read.rows += manifest?.rows.read ?? 0
  }
  const dollars = roundedCost(dollarsOf(used), DIGITS)
  const projectedFromDays = projectionDays(firstStart, period)
  const per = (amount: number) => (known.length === 0 ? null : Number((dollars.total / amount).toFixed(DIGITS)))
  return {
    dataset,
    batches: {
      costed: known.length,
      failed: failed.length,
      running: running.length,
      unknown: batches.length - running.length - known.length,
    },
    used,
    dollars,
    failedDollars: roundedCost(dollarsOf(sumOf(failed.map(({ usage }) => usage))), DIGITS).total,
    read,
    dollarsPerBatch: per(known.length),
    dollarsPerGigabyte: read.bytes < LEAST_BYTES ? null : per(read.bytes / GIGABYTE),
    dollarsPerMillionRows: read.rows < LEAST_ROWS ? null : per(read.rows / 1_000_000),
    dollarsPerMonth: known.length === 0 ? null : monthly(dollars.total, projectedFromDays),
    projectedFromDays,
  }
}

function sumOf(usages: BatchUsage[]): BatchUsage {
  const sum: BatchUsage = {
    curateDpuSeconds: { standard: 0, flex: 0 },
    qualityDpuSeconds: 0,
    crawls: 0,
    transitions: 0,
    functionCalls: 0,
    functionSeconds: 0,
    s3Writes: 0,
    s3Reads: 0,
    landings: 0,
  }
  for (const { curateDpuSeconds, ...counts } of usages) {
    sum.curateDpuSeconds.standard += curateDpuSeconds.standard
    sum.curateDpuSeconds.flex += curateDpuSeconds.flex
    for (const name of Object.keys(counts) as (keyof typeof counts)[]) sum[name] += counts[name]
  }
  return sum
}
