import type { ExtractRecord } from '../../../functions/domain/extract/extract.ts'
import { dollarsOfExtract } from '../../cost/extract-cost.ts'
import type { ExtractModel } from '../model/extracts.ts'
import type { ExecutionTrace } from '../traces/execution-trace.ts'

export function extractModel(record: ExtractRecord, trace: ExecutionTrace | null): ExtractModel {
  const { extractId, status, startedAt, endedAt, lower, upper, rows, error } = record
  return {
    ...{ extractId, status, startedAt },
    seconds: endedAt === undefined ? null : Math.max(0, Math.round((Date.parse(endedAt) - Date.parse(startedAt)) / 1000)),
    ...{ lower: lower ?? null, upper: upper ?? null, rows: rows ?? null, error: error ?? null },
    dollars: dollarsOfExtract({ ...record, trace }),
  }
}
