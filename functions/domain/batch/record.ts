import type { BatchSource } from './source.ts'

/** What the ledger keeps of a batch, for people, the sweep and redrive. */
export interface BatchRecord {
  dataset: string
  batchId: string
  status: 'running' | 'succeeded' | 'failed' | 'superseded'
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
  /** For compare-and-set; 0 for a row that is not written yet. */
  revision: number
}
