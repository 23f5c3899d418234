import type { BackfillInput, BackfillPlan } from '../backfill/backfill.ts'
import type { BackfillReport } from '../backfill/report.ts'
import type { Batch, LeftOut } from '../batch/batch.ts'
import type { Failure } from '../batch/failure.ts'
import type { Manifest } from '../batch/manifest/manifest.ts'
import type { Quality } from '../batch/quality.ts'
import type { CommandTarget } from '../command/next-command.ts'
import type { Expectation } from '../contract/fields/expect.ts'
import type { Stream } from '../contract/landers.ts'
import type { IgnoreReason } from '../landing/admission.ts'
import type { StreamTrouble } from '../stream/mapping.ts'

interface Facts {
  dataset: string
  /** The deployment that the alert's commands are for. */
  target: CommandTarget
}

/** What is known of a batch; of one that failed early that is little. */
export interface BatchFacts extends Facts {
  batch: { batchId: string; execution: { id: string } } & Partial<
    Pick<Batch, 'owner' | 'source' | 'planUri' | 'database' | 'tables' | 'crawl' | 'warnRate' | 'haltRate'>
  >
  manifest?: Manifest
  quality?: Quality
  /** Step Functions' own, or how an execution ended that ran no state of its failure path: ABORTED, TIMED_OUT. */
  failure?: Failure
}

/** A batch succeeded, while failed ones still hold files that are in no table. */
export interface UnfinishedFacts extends BatchFacts {
  unfinished: { batchId: string; files: string[] }[]
}

/** What the crawls of a batch that succeeded did not do; its partitions are registered all the same. */
export interface CrawlFacts extends BatchFacts {
  leftOut: LeftOut
}

export interface RawCrawlFacts extends Facts {
  attempts: number
  error: string
}

export interface PublicationFacts extends Facts {
  /** Partitions in which rows may be twice, since a publisher was cut off there. */
  doubled: { batchId: string; folder: string }[]
}

export interface MisplacedFacts extends Facts {
  /** Of files that landed where no contract looks for them: why, how many, and keys of the first. */
  reason: IgnoreReason
  files: number
  keys: string[]
}

export interface LateFacts extends Facts {
  owner: string
  expect: Expectation
  /** ISO. */
  lastPublishedAt: string
  dueAt: string
}

export interface WaitingFacts extends Facts {
  owner: string
  rows: number
  /** ISO. */
  since: string
  /** What the contract lets them wait. */
  within: string
  parents: string[]
}

export interface ExtractFacts extends Facts {
  owner: string
  connection: string
  extractId: string
  executionArn: string
  failure: Failure
}

export interface StreamFacts extends Facts {
  owner: string
  stream: Pick<Stream, 'kind' | 'name'>
  trouble: StreamTrouble
}

export interface RollbackFacts extends Facts {
  /** The last batch whose rows stayed. */
  to: string
  undone: string[]
  by: string
  reason: string
}

export interface BackfillFacts extends Facts {
  executionArn: string
  plan: BackfillPlan
  report: BackfillReport
  /** What the backfill was started with; undefined where its plan file is gone. */
  input?: BackfillInput | undefined
  failure?: Failure | undefined
}

export interface RecoveryFacts extends Facts {
  /** The batch that succeeded; without one, `because` names what ended the trouble. */
  batch?: BatchFacts['batch']
  because?: string
  manifest?: Manifest
  /** The states that end with it. */
  over: string[]
}
