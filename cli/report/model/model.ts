import type { RowCounts } from '../../../functions/domain/batch/manifest/row-counts.ts'
import type { AlertModel } from '../alerts/alert-model.ts'
import type { BatchFacts, ReportSource } from '../facts.ts'
import type { Preview } from '../preview.ts'
import type { TraceStep } from '../traces/execution-trace.ts'
import type { BatchCost } from './batch-cost.ts'
import type { ColumnModel } from './columns.ts'
import type { ExtractModel } from './extracts.ts'
import type { ProfileModel } from './profile.ts'

/** Everything that the page shows, and what `sluice report --json` prints. */
export interface ReportModel {
  generatedAt: string
  source: ReportSource
  datasets: DatasetModel[]
  /** Newest first. Null where they are not kept: only `sluice up` has an inbox. */
  alerts: AlertModel[] | null
}

/** What a live page receives: the datasets that changed since its version. */
export interface ReportChange {
  version: string
  generatedAt: string
  /** Names of all datasets, in the order of the page. */
  order: string[]
  datasets: DatasetModel[]
  alerts: AlertModel[] | null
}

/** empty: nothing has succeeded yet. late: nothing came for far longer than is usual. The order is that of urgency. */
export const VERDICTS = ['failed', 'attention', 'late', 'running', 'empty', 'good'] as const
export type Verdict = (typeof VERDICTS)[number]

export interface DatasetModel {
  dataset: string
  owner: string | null
  description: string | null
  verdict: Verdict
  /** Why, in words; one sentence each. */
  findings: string[]
  /** The command that shows its quarantined rows; null without a deployment. */
  showQuarantine: string | null
  lastGoodAt: string | null
  lastGoodBatch: string | null
  /** Between batches, as it usually is: the median. */
  usualSeconds: number | null
  waiting: { files: number; since: string | null } | null
  limits: { warnRate: number; haltRate: number } | null
  totals: Totals
  partitionKeys: string[]
  /** Datasets that it is made of. */
  madeOf: string[]
  columns: ColumnModel[] | null
  /** Null where no batch has one. */
  profile: ProfileModel | null
  /** Newest first; null of a dataset without a database, and for a folder. */
  extracts: ExtractModel[] | null
  /** Rows of the table; null where it was not looked at, or has none. */
  preview: Preview | null
  partitions: PartitionModel[]
  rules: RuleModel[]
  reasons: ReasonModel[]
  /** Oldest first; others refer to them by their place. */
  batches: BatchModel[]
}

export interface Totals {
  batches: number
  succeeded: number
  failed: number
  rows: RowCounts
  /** Rows in the curated table, as far as the batches shown have touched its partitions. */
  tableRows: number
  tablePartitions: number
  /** Rows in quarantine now; null when not counted. */
  inQuarantine: number | null
  dollars: number | null
  /** Of the batches that `dollars` counts. */
  batchesWithCost: number
}

/** One raw partition. landed: files wait, and no batch has taken them. */
export interface PartitionModel {
  path: string
  values: Record<string, string>
  state: 'landed' | 'curated' | 'failed' | 'running'
  files: number
  bytes: number
  /** Places in `batches`, oldest first. */
  batches: number[]
  /** Its rows in quarantine; null when not counted. */
  inQuarantine: number | null
  /** Of what was read of it. */
  quarantinedShare: number | null
  /** The manifest counts rows by batch: of a batch with several partitions a partition's rows are estimated from its bytes. */
  shareIsEstimate: boolean
}

export interface RuleModel {
  rule: string
  passed: number
  failed: number
}

export interface ReasonModel {
  reason: string
  /** Over all batches shown. */
  rows: number
  batches: number
  files: Record<string, number>
  examples: Record<string, string | null>[]
}

export interface BatchModel {
  batchId: string
  status: BatchFacts['status']
  source: BatchFacts['source']
  startedAt: string
  seconds: number | null
  error: string | null
  /** Who ended it without running it again, when and why, in words. */
  dismissed: string | null
  /** The command that runs a failed batch again; null for any other batch, and without a deployment. */
  redrive: string | null
  /** Rows that the table had, and that its rows replaced. */
  replaced: number | null
  /** What a wrong primary key looks like, in words. */
  lostRows: string | null
  /** Rows that refer to nothing, in words. */
  missingReferences: string | null
  /** Rows that it has set aside until a parent has their key, and since when the oldest of them waits. */
  waiting: { rows: number; since: string } | null
  /** Of a batch that reads rows: a compaction has none. */
  rows: Totals['rows'] | null
  /** What a compaction did, in words. */
  compaction: string | null
  quarantineRate: number | null
  /** Reason → rows; only those that have any. */
  reasons: Record<string, number>
  files: number
  bytes: number
  partitions: number
  quality: {
    passed: boolean
    note: string | null
    outcomes: { rule: number; passed: boolean; message?: string; observed?: number }[]
  } | null
  steps: TraceStep[]
  cost: BatchCost | null
  drift: { missing: Record<string, number>; unknown: Record<string, number> } | null
  missingObjects: number
}
