import { CRAWL_DOLLARS, DOLLARS, DPUS } from '../../functions/domain/estimate.ts'
import type { BatchFacts } from './facts.ts'

/** What one batch costs at us-east-1 prices, in dollars. */
export interface BatchCost {
  curate: number
  quality: number
  crawls: number
  orchestration: number
  total: number
}

/** Glue bills every job and quality run for a minute at least. */
const LEAST_SECONDS = 60
/** Workers of a quality run, one DPU each: QualityWorkers of the state machine. */
const QUALITY_DPUS = 5
const DOLLARS_A_TRANSITION = 25 / 1_000_000

/** Null without the execution's history, which alone knows what ran and how large, and while it still grows. */
export function costOf({ trace, source, quality }: Pick<BatchFacts, 'trace' | 'source' | 'quality'>): BatchCost | null {
  if (trace === null || trace.status === 'RUNNING') return null
  const took = (name: string) => trace.steps.find((step) => step.name === name)?.seconds
  const curate = trace.jobRuns.reduce((sum, run) => {
    const dpus = run.workers * (DPUS[run.workerType as keyof typeof DPUS] ?? 1)
    const dpuSeconds = run.dpuSeconds ?? dpus * Math.max(run.seconds, LEAST_SECONDS)
    return sum + (dpuSeconds / 3600) * (run.flex ? DOLLARS.flex : DOLLARS.standard)
  }, 0)
  const judged = quality?.skipped ? undefined : took('Judge quality')
  const qualityDollars = judged === undefined ? 0 : (QUALITY_DPUS * Math.max(judged, LEAST_SECONDS) * DOLLARS.standard) / 3600
  // The raw crawl that found a batch's files belongs to it; a batch that a person started had none.
  const crawls = CRAWL_DOLLARS * ((source === 'landings' ? 1 : 0) + (took('Crawl') === undefined ? 0 : 1))
  const orchestration = trace.transitions * DOLLARS_A_TRANSITION
  const total = curate + qualityDollars + crawls + orchestration
  return {
    curate: cents(curate),
    quality: cents(qualityDollars),
    crawls: cents(crawls),
    orchestration: cents(orchestration),
    total: cents(total),
  }
}

/** To a hundredth of a cent. */
const cents = (dollars: number) => Math.round(dollars * 10_000) / 10_000
