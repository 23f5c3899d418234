import type { ReadableFailure } from '../batch/failure.ts'
import type { RowCounts } from '../batch/manifest/row-counts.ts'
import type { ConsoleLinks } from './console-links.ts'

export type Severity = 'info' | 'warning' | 'critical'

/** What an alert carries for people and machines. It never holds a row's values beyond its key. */
export interface Alert {
  /** A kind of alert/kinds.ts. */
  kind: string
  severity: Severity
  /** The deployment that it comes from. */
  stage: string
  dataset: string
  owner?: string
  batchId?: string
  /** One sentence: what was observed, against which limit. */
  message: string
  observed?: Record<string, number | string>
  rows?: RowCounts
  /** Rows that the table had, and that its rows replaced. */
  replaced?: number
  /** Where the files differ from the contract, in words. */
  drift?: string
  /** Reason, rows; most first. */
  reasons?: [string, number][]
  failedRules?: { rule: string; message: string }[]
  /** Glue's own names for the evaluation. */
  qualityRun?: { runId: string; resultIds: string[] }
  /** Chunks of a backfill, with why. */
  failedChunks?: string[]
  /** Failed batches whose rows are in no table, and the files that they hold. */
  unfinished?: { batchId: string; files: string[] }[]
  /** Keys of the first few quarantined rows. */
  examples?: { key: Record<string, string | null>; reasons: string[]; file: string }[]
  /** Object keys of the quarantined rows. */
  quarantineFiles?: string[]
  failure?: ReadableFailure
  links?: ConsoleLinks
  /** What to do before the commands, in a sentence. */
  hint?: string
  /** Exact commands, each to be pasted as it is; most useful first. */
  next: string[]
}
