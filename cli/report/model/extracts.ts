import type { ExtractRecord } from '../../../functions/domain/extract/extract.ts'

/** One extract of a dataset's database. */
export interface ExtractModel {
  extractId: string
  status: ExtractRecord['status']
  startedAt: string
  seconds: number | null
  /** The window of the watermark, both ends included; null where it has none, or is not known yet. */
  lower: string | null
  upper: string | null
  rows: number | null
  /** Null while it runs, and when Step Functions no longer has its execution. */
  dollars: number | null
  error: string | null
}
