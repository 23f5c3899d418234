import type { BatchSource } from './source.ts'

/** What the ledger keeps of a batch, for people, the sweep and redrive. */
export interface BatchRecord {
  dataset: string
  batchId: string
  /**
   * superseded: it failed, and a later batch has read its objects or newer ones have replaced them. dismissed: it failed, and a person has
   * decided that it is not run again.
   */
  status: 'running' | 'succeeded' | 'failed' | 'superseded' | 'dismissed'
  source: BatchSource
  /** The newest execution of the batch, and how many there were. */
  executionArn: string
  executions: number
  /** How often that execution was redriven; an event of fewer redrives is out of date. */
  redrives: number
  /** The full input of that execution, as JSON. */
  input: string
  /** The contract's at the start of that execution. */
  contractVersion?: string
  startedAt: string
  closedAt?: string
  /** How it ended: an execution status, and its error with the reason, when it gave one. */
  outcome?: string
  error?: string
  objects?: number
  dismissed?: { by: string; reason: string; at: string }
  /** Its staged partitions have left the catalog, since no redrive can go on from them. */
  stagedForgotten?: boolean
  /** For compare-and-set; 0 for a row that is not written yet. */
  revision: number
}

/** A failed batch that is over: nothing of it is left to do. */
export const isOver = (status: BatchRecord['status'] | undefined): status is 'superseded' | 'dismissed' =>
  status === 'superseded' || status === 'dismissed'

/** Who ended a failed batch without running it again, when and why. */
export const dismissedInWords = ({ by, at, reason }: NonNullable<BatchRecord['dismissed']>) =>
  `by ${by}, ${at.slice(0, 16).replace('T', ' ')} UTC: ${reason}`

/** `<dataset>-<time>-<hash>` → its dataset; undefined for what is not a batch's id. */
export const datasetOfBatch = (batchId: string) => /^([a-z][a-z0-9_]*)-\d{8}T\d{6}Z-[0-9a-f]{8}$/.exec(batchId)?.[1]
