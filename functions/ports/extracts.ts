/** Extracts of databases in the ledger. */

import type { ExtractRecord } from '../domain/extract/extract.ts'

/** How far a dataset has come: all up to it is published. */
export interface Watermark {
  /** Of which connection, table and column. */
  of: string
  upper: string
  extractId: string
}

export interface Extracts {
  /** Writes the row, whatever there was. */
  save(record: ExtractRecord): Promise<void>
  /** Newest first. Strongly consistent. */
  recent(dataset: string, limit: number): Promise<ExtractRecord[]>
  watermark(dataset: string): Promise<Watermark | undefined>
  saveWatermark(dataset: string, watermark: Watermark): Promise<void>
}
