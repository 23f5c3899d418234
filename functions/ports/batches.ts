/** Batches in the ledger, how long their jobs took, and the queue of failed ones. */

import type { FailedBatch } from '../domain/batch/failed-batch.ts'
import type { JobTime } from '../domain/batch/job-times.ts'
import type { BatchRecord } from '../domain/batch/record.ts'

export interface Batches {
  find(dataset: string, batchId: string): Promise<BatchRecord | undefined>
  /** Writes the row when the existing one has the revision of `record` (0: there is none); false otherwise. */
  save(record: BatchRecord): Promise<boolean>
  /** Rows that are running or failed: what a person or the sweep must look at. */
  open(dataset: string): Promise<BatchRecord[]>
  /** The dataset's batches, newest first. */
  recent(dataset: string, limit: number): Promise<BatchRecord[]>
}

/** How long the dataset's recent jobs took, oldest first; a few dozen at most. */
export interface JobTimes {
  read(dataset: string): Promise<JobTime[]>
  write(dataset: string, times: JobTime[]): Promise<void>
}

/** The queue of failed batches. Messages stay until a redrive has succeeded. */
export interface FailedBatches {
  send(failure: FailedBatch): Promise<void>
  /** Visible messages, a page at a time, hidden from others meanwhile; ends when the queue shows no more. */
  receive(): AsyncIterable<{ receipt: string; body: string }[]>
  remove(receipt: string): Promise<void>
  /** Shows a received message again at once. */
  release(receipt: string): Promise<void>
}
