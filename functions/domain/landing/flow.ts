import { createHash } from 'node:crypto'
import { compactTime } from '../names.ts'

/**
 * Where a dataset stands between crawl and batch. One row a dataset, in one phase at a time, moved by compare-and-set: that
 * is what makes "one crawl, one batch in flight" true by construction. docs/adr/0003-intake-protocol.md has the reasoning.
 */
export type FlowPhase =
  /** Nothing under way. What waits, if anything, must be noticed by whoever made it idle. */
  | { phase: 'idle' }
  /** A crawl is to start at `dueAt`; a timer message with `requestId` is on its way. Due, but for a busy crawler, since `since`. */
  | { phase: 'requested'; requestId: string; dueAt: string; attempts: number; since: string }
  /** `startedAt` was taken before the crawler was seen ready, so every crawl after `previousCrawl` began later than it. */
  | { phase: 'crawling'; requestId: string; startedAt: string; deadline: string; attempts: number; previousCrawl: string | null }
  /** The batch `batchId` is in flight; its plan file stands. */
  | { phase: 'batching'; batchId: string; since: string }

export type Flow = FlowPhase & {
  /** 0 for a dataset that nothing has landed in yet. */
  revision: number
  /** `startedAt` of the last crawl that succeeded: landings recorded by then are in the catalog. */
  crawledThrough: string | null
  /** How many batches have begun; makes the next batch's id new, and the same for everybody who tries to begin it. */
  batches: number
}

export const INITIAL_FLOW: Flow = { phase: 'idle', revision: 0, crawledThrough: null, batches: 0 }

/** Changes to the row beside the phase. */
export interface FlowMarks {
  crawledThrough?: string
  batches?: number
}

/** Failed or crowded-out crawls are tried again for ever, ever more slowly: a file that waits is never forgotten. */
export function crawlBackoffSeconds(attempts: number): number {
  return Math.min(60 * 2 ** Math.min(attempts - 1, 10), 3600)
}
/** From here on people hear of it. */
export const CRAWL_ATTEMPTS_BEFORE_ALERT = 3

/** The same for everybody who tries to begin this batch: also the name of its execution, hence at most 80 characters. */
export function automaticBatchId(dataset: string, claimedThrough: string, batches: number): string {
  const digest = createHash('sha256').update(`${dataset}|${claimedThrough}|${batches}`).digest('hex').slice(0, 8)
  return `${dataset}-${compactTime(claimedThrough)}-${digest}`
}
