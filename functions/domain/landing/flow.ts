import { createHash } from 'node:crypto'
import { compactTime } from '../names.ts'

/**
 * The phase of a dataset between crawl and batch. Each dataset has one row, in one phase at a time, changed by compare-and-set. That
 * guarantees one crawl and one batch in flight. docs/adr/0003-intake-protocol.md has the reasoning.
 */
export type FlowPhase =
  /** Nothing is in progress. The caller that made the flow idle must look for what waits. */
  | { phase: 'idle' }
  /** A crawl is to start at `dueAt`; a timer message with `requestId` is on its way. Due, but for a busy crawler, since `since`. */
  | { phase: 'requested'; requestId: string; dueAt: string; attempts: number; since: string }
  /** `startedAt` was taken before the crawler was seen ready, so every crawl after `previousCrawl` began later than it. */
  | { phase: 'crawling'; requestId: string; startedAt: string; deadline: string; attempts: number; previousCrawl: string | null }
  /** The batch `batchId` is in flight; its plan file exists. */
  | { phase: 'batching'; batchId: string; since: string }

export type Flow = FlowPhase & {
  /** 0 for a dataset that nothing has landed in yet. */
  revision: number
  /** `startedAt` of the last crawl that succeeded: landings recorded by then are in the catalog. */
  crawledThrough: string | null
  /** How many batches have begun; makes the next batch's id new, and the same for all callers that try to begin it. */
  batches: number
}

export const INITIAL_FLOW: Flow = { phase: 'idle', revision: 0, crawledThrough: null, batches: 0 }

/** Changes to the row beside the phase. */
export interface FlowMarks {
  crawledThrough?: string
  batches?: number
}

/** Failed crawls, and those that found the crawler busy, are retried forever with longer pauses, so no waiting file is forgotten. */
export function crawlBackoffSeconds(attempts: number): number {
  return Math.min(60 * 2 ** Math.min(attempts - 1, 10), 3600)
}
/** From this attempt on, a failure raises an alert. */
export const CRAWL_ATTEMPTS_BEFORE_ALERT = 3

/** The same for all callers that try to begin this batch. It is also the name of its execution, so it has at most 80 characters. */
export function automaticBatchId(dataset: string, claimedThrough: string, batches: number): string {
  const digest = createHash('sha256').update(`${dataset}|${claimedThrough}|${batches}`).digest('hex').slice(0, 8)
  return `${dataset}-${compactTime(claimedThrough)}-${digest}`
}
