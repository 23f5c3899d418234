import type { Batch } from './batch.ts'
import type { Contract } from './contract.ts'

/** DPUs a worker; dollars a DPU-hour in us-east-1. */
export const DPUS: Record<Contract['compute']['worker_type'], number> = { 'G.025X': 0.25, 'G.1X': 1, 'G.2X': 2, 'G.4X': 4, 'G.8X': 8 }
export const DOLLARS = { standard: 0.44, flex: 0.29 }
/** A crawl of two DPUs is billed for ten minutes at least; a quality run of five takes some three. */
export const CRAWL_DOLLARS = (2 * DOLLARS.standard * 10) / 60
const QUALITY_DOLLARS = (5 * DOLLARS.standard * 3) / 60
/** Glue bills every job run for a minute at least. */
const LEAST_JOB_SECONDS = 60
/** Where the dataset has no history. */
const SECONDS_A_BATCH = 600

/** What one batch cost, at most: with every worker until the job's end, and a crawl also where its partitions were known. */
export function batchDollars(
  { workerType, workers, executionClass }: Pick<Batch['job'], 'workerType' | 'workers' | 'executionClass'>,
  { jobSeconds, judged, crawls }: { jobSeconds: number; judged: boolean; crawls: number },
): number {
  const rate = executionClass === 'FLEX' ? DOLLARS.flex : DOLLARS.standard
  const dpus = workers * (DPUS[workerType as keyof typeof DPUS] ?? 1)
  return (dpus * Math.max(LEAST_JOB_SECONDS, jobSeconds) * rate) / 3600 + (judged ? QUALITY_DOLLARS : 0) + crawls * CRAWL_DOLLARS
}

/** From the dataset's own recent batches where it has any. The lease lets one batch work at a time, so times add up. */
export function estimateBackfill(chunks: number, { compute, quality }: Pick<Contract, 'compute' | 'quality'>, recentSeconds: number[]) {
  const sorted = [...recentSeconds].sort((some, other) => some - other)
  const median = sorted[Math.floor(sorted.length / 2)]
  const seconds = median ?? SECONDS_A_BATCH
  const rate = compute.flex ? DOLLARS.flex : DOLLARS.standard
  const dollars =
    chunks *
    ((compute.workers * DPUS[compute.worker_type] * seconds * rate) / 3600 + CRAWL_DOLLARS + (quality === undefined ? 0 : QUALITY_DOLLARS))
  return {
    seconds: Math.round(chunks * seconds),
    dollars: Math.round(dollars * 100) / 100,
    basis:
      median === undefined
        ? `no batch of this dataset yet: ${SECONDS_A_BATCH} s a batch assumed`
        : `median of the last ${sorted.length} batches: ${Math.round(median)} s each; us-east-1 prices`,
  }
}
