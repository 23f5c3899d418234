import type { Batch } from '../batch/batch.ts'
import type { Manifest } from '../batch/manifest/manifest.ts'
import type { Quality } from '../batch/quality.ts'
import { traitsOf } from '../batch/source.ts'
import type { Contract } from '../contract/contract.ts'
import { CRAWL_DOLLARS, dpuDollars, jobDpuSeconds, PRICES, qualityDpuSeconds } from './prices.ts'

/** A quality run takes some three minutes. */
const QUALITY_DOLLARS = dpuDollars(qualityDpuSeconds(180))
/** Where the dataset has no history. */
const SECONDS_A_BATCH = 600

type Job = Pick<Batch['job'], 'workerType' | 'workers' | 'executionClass'>

export const jobSecondsOf = ({ startedAt, finishedAt }: Pick<Manifest, 'startedAt' | 'finishedAt'>) =>
  (Date.parse(finishedAt) - Date.parse(startedAt)) / 1000

/** What one batch cost, at most: with every worker until the job's end, and a crawl also where its partitions were known. */
export function endedBatchDollars(
  job: Job,
  { manifest, quality, failed }: { manifest: Manifest; quality?: Quality | undefined; failed: boolean },
): number {
  const { hasRawCrawl, crawled } = traitsOf(manifest.source)
  const crawls = (hasRawCrawl ? 1 : 0) + (failed || crawled === 'new-partitions' ? 0 : 1)
  return batchDollars(job, { jobSeconds: jobSecondsOf(manifest), judged: quality !== undefined && quality.skipped === null, crawls })
}

function batchDollars(
  { workerType, workers, executionClass }: Job,
  { jobSeconds, judged, crawls }: { jobSeconds: number; judged: boolean; crawls: number },
): number {
  const job = dpuDollars(jobDpuSeconds(workerType, workers, jobSeconds), executionClass === 'FLEX' ? 'flex' : 'standard')
  return job + (judged ? QUALITY_DOLLARS : 0) + crawls * CRAWL_DOLLARS
}

/** From the dataset's own recent batches where it has any. The lease lets one batch work at a time, so times add up. */
export function estimateBackfill(chunks: number, { compute, quality }: Pick<Contract, 'compute' | 'quality'>, recentSeconds: number[]) {
  const sorted = [...recentSeconds].sort((some, other) => some - other)
  const median = sorted[Math.floor(sorted.length / 2)]
  const seconds = median ?? SECONDS_A_BATCH
  const job = dpuDollars(jobDpuSeconds(compute.worker_type, compute.workers, seconds), compute.flex ? 'flex' : 'standard')
  const dollars = chunks * (job + CRAWL_DOLLARS + (quality === undefined ? 0 : QUALITY_DOLLARS))
  return {
    seconds: Math.round(chunks * seconds),
    dollars: Math.round(dollars * 100) / 100,
    basis:
      median === undefined
        ? `no batch of this dataset yet: ${SECONDS_A_BATCH} s a batch assumed`
        : `median of the last ${sorted.length} batches: ${Math.round(median)} s each; ${PRICES.region} prices`,
  }
}
