import { traitsOf } from '../../../functions/domain/batch/source.ts'
import {
  CRAWL_DOLLARS,
  dpuDollars,
  jobDpuSeconds,
  LANDING_DOLLARS,
  PRICES,
  qualityDpuSeconds,
} from '../../../functions/domain/cost/prices.ts'
import type { BatchFacts } from '../facts.ts'
import type { ExecutionTrace } from '../traces/execution-trace.ts'

/** What AWS bills one batch for. A batch's own steps are known from its execution; requests are a lower bound, estimated from its files. */
export interface BatchUsage {
  curateDpuSeconds: { standard: number; flex: number }
  qualityDpuSeconds: number
  crawls: number
  transitions: number
  functionCalls: number
  functionSeconds: number
  s3Writes: number
  s3Reads: number
  /** Objects that landed for it. */
  landings: number
}

/** The same in dollars (functions/domain/prices.ts). */
export interface BatchCost {
  curate: number
  quality: number
  crawls: number
  orchestration: number
  functions: number
  /** To S3, ledger, queues and event bus. */
  requests: number
  total: number
}

/** No function that a batch calls has more memory. */
const FUNCTION_GIGABYTES = 0.5
/** Plan, manifest, quality and what lists and marks them. */
const RUN_FILE_WRITES = 10
/** A data file is written beside, moved to its name, and a staged one copied to where readers look. */
const WRITES_A_STAGED_FILE = 3
const WRITES_A_QUARANTINE_FILE = 2

type Facts = Pick<BatchFacts, 'trace' | 'source' | 'quality' | 'manifest'>

/** Null without the execution's history, which alone knows what ran and how large, and while it still grows. */
export function usageOf({ trace, source, quality, manifest }: Facts): BatchUsage | null {
  if (trace === null || trace.status === 'RUNNING') return null
  const judged = quality?.skipped ? undefined : trace.steps.find(({ name }) => name === 'Judge quality')?.seconds
  const { partitions = [], quarantine, input, missingObjects = [] } = manifest ?? {}
  const count = (pick: (partition: (typeof partitions)[number]) => unknown[]) =>
    partitions.reduce((sum, partition) => sum + pick(partition).length, 0)
  const setAside = quarantine?.files.length ?? 0
  return {
    ...usageOfExecution(trace),
    qualityDpuSeconds: judged === undefined ? 0 : qualityDpuSeconds(judged),
    // The raw crawl that found a batch's files belongs to it; a batch that a person started had none.
    crawls: (traitsOf(source).hasRawCrawl ? 1 : 0) + trace.crawls,
    s3Writes: RUN_FILE_WRITES + WRITES_A_STAGED_FILE * count(({ files }) => files) + WRITES_A_QUARANTINE_FILE * setAside,
    s3Reads: (input?.files ?? 0) + count(({ replaces }) => replaces),
    landings: traitsOf(source).reads === 'landings' ? (input?.files ?? 0) + missingObjects.length : 0,
  }
}

/** What an execution itself used, of a batch or an extract. */
export function usageOfExecution({ jobRuns, transitions, functionCalls, functionSeconds }: ExecutionTrace) {
  const curateDpuSeconds = { standard: 0, flex: 0 }
  for (const { flex, dpuSeconds, workerType, workers, seconds } of jobRuns)
    curateDpuSeconds[flex ? 'flex' : 'standard'] += dpuSeconds ?? jobDpuSeconds(workerType, workers, seconds)
  return { curateDpuSeconds, transitions, functionCalls, functionSeconds }
}

export function dollarsOf(usage: BatchUsage): BatchCost {
  const parts = {
    curate: dpuDollars(usage.curateDpuSeconds.standard) + dpuDollars(usage.curateDpuSeconds.flex, 'flex'),
    quality: dpuDollars(usage.qualityDpuSeconds),
    crawls: usage.crawls * CRAWL_DOLLARS,
    orchestration: usage.transitions * PRICES.transition,
    functions: usage.functionCalls * PRICES.functionCall + usage.functionSeconds * FUNCTION_GIGABYTES * PRICES.gigabyteSecond,
    requests: usage.s3Writes * PRICES.s3Write + usage.s3Reads * PRICES.s3Read + usage.landings * LANDING_DOLLARS,
  }
  const total = Object.values(parts).reduce((sum, part) => sum + part, 0)
  return { ...parts, total }
}

/** What one batch cost, to a hundredth of a cent. Null when unknown. */
export function costOf(facts: Facts): BatchCost | null {
  const usage = usageOf(facts)
  return usage && roundedCost(dollarsOf(usage), 4)
}

export const roundedCost = (cost: BatchCost, digits: number) =>
  Object.fromEntries(Object.entries(cost).map(([part, dollars]) => [part, Number(dollars.toFixed(digits))])) as unknown as BatchCost
