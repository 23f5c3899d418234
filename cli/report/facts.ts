import type { Manifest } from '../../functions/domain/batch/manifest/manifest.ts'
import type { BatchPlan } from '../../functions/domain/batch/plan.ts'
import type { Quality } from '../../functions/domain/batch/quality.ts'
import type { BatchRecord } from '../../functions/domain/batch/record.ts'
import type { BatchSource } from '../../functions/domain/batch/source.ts'
import type { CommandTarget } from '../../functions/domain/command/next-command.ts'
import type { Expectation } from '../../functions/domain/contract/fields/expect.ts'
import type { Pause } from '../../functions/domain/landing/pause.ts'
import type { ColumnModel } from './model/columns.ts'
import type { ExtractModel } from './model/extracts.ts'
import type { Preview } from './preview.ts'
import type { ExecutionTrace } from './traces/execution-trace.ts'

/** What is known of one batch, wherever it was read. What a batch that failed early has not left is null. */
export interface BatchFacts {
  batchId: string
  status: BatchRecord['status']
  source: BatchSource
  startedAt: string
  closedAt: string | null
  error: string | null
  /** Of a batch that a person has dismissed; a folder has none. */
  dismissed: NonNullable<BatchRecord['dismissed']> | null
  plan: BatchPlan | null
  manifest: Manifest | null
  quality: Quality | null
  trace: ExecutionTrace | null
}

/** The content of the quarantine: counts of whole files, examples of the newest. */
export interface QuarantineFacts {
  rows: number
  /** Hive path of the raw partition → rows in quarantine. */
  partitions: Record<string, number>
  reasons: { reason: string; files: Record<string, number>; examples: Record<string, string | null>[] }[]
}

export interface DatasetFacts {
  dataset: string
  owner: string | null
  description: string | null
  /** From the contract, when it is available. */
  limits: { warnRate: number; haltRate: number } | null
  /** When the contract expects new rows. */
  expect: Expectation | null
  partitionKeys: string[] | null
  /** Datasets that its contract makes it of, by SQL. */
  madeOf: string[]
  /** Of the table, by its contract; null without one. */
  columns: ColumnModel[] | null
  /** Newest first; null of a dataset without a database, and for a folder. */
  extracts: ExtractModel[] | null
  /** Null where the table was not looked at, or has no rows. */
  preview: Preview | null
  /** Objects that no batch has taken yet. Null when unknown: a folder has only batches that ran. */
  waiting: { since: string | null; objects: { size: number; partition: Record<string, string> }[] } | null
  /** Null when it is not, and for a folder. */
  paused: Pause | null
  batches: BatchFacts[]
  /** Null when it was not looked at. */
  quarantine: QuarantineFacts | null
}

/** Where a report comes from, for people. */
export interface ReportSource {
  /** The deployment that its commands are for; a folder has none. */
  target?: CommandTarget
  kind: 'folder' | 'laptop' | 'aws'
  name: string
}
