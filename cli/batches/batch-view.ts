import { lostRowsFinding } from '../../functions/domain/batch/manifest/lost-rows.ts'
import { type Manifest, manifestSchema } from '../../functions/domain/batch/manifest/manifest.ts'
import { compactionFinding, driftFinding, quarantineRate } from '../../functions/domain/batch/manifest/manifest-summary.ts'
import { publishedRows } from '../../functions/domain/batch/manifest/published-rows.ts'
import type { RowCounts } from '../../functions/domain/batch/manifest/row-counts.ts'
import { type Quality, qualitySchema } from '../../functions/domain/batch/quality.ts'
import type { BatchRecord } from '../../functions/domain/batch/record.ts'
import { traitsOf } from '../../functions/domain/batch/source.ts'
import { manifestKey, qualityKey } from '../../functions/domain/names.ts'
import type { Deployment } from '../deployment/connect.ts'

/** A batch with what it left behind, as `runs`, `status` and the report show it. */
export interface BatchView {
  dataset: string
  batchId: string
  status: BatchRecord['status']
  source: BatchRecord['source']
  startedAt: string
  closedAt: string | null
  seconds: number | null
  error: string | null
  /** Of a batch that reads rows: a compaction has none. */
  rows: RowCounts | null
  /** Rows that the table had, and that its rows replaced. */
  replaced: number | null
  /** What a wrong primary key looks like, in words; of a table's first batch. */
  lostRows: string | null
  /** What a compaction did, in words. */
  compaction: string | null
  /** Where its files differ from the contract, in words. */
  drift: string | null
  quarantineRate: number | null
  quarantinedByRule: Record<string, number>
  quality: { passed: number; rules: number } | null
  /** Who ended a failed batch without running it again, when and why. */
  dismissed: NonNullable<BatchRecord['dismissed']> | null
}

export async function viewBatch(record: BatchRecord, lake: Deployment['lake']): Promise<BatchView> {
  const { manifest, quality } = await leftBehind(record, lake)
  return viewOf(record, manifest, quality)
}

export function viewOf(record: BatchRecord, manifest: Manifest | null, quality: Quality | null): BatchView {
  const reads = traitsOf(record.source).countsRows ? manifest : null
  const published = reads && publishedRows(reads, { succeeded: record.status === 'succeeded', quality })
  return {
    dataset: record.dataset,
    batchId: record.batchId,
    status: record.status,
    source: record.source,
    startedAt: record.startedAt,
    closedAt: record.closedAt ?? null,
    seconds: record.closedAt === undefined ? null : Math.round((Date.parse(record.closedAt) - Date.parse(record.startedAt)) / 1000),
    error: record.error ?? (record.status === 'failed' ? (record.outcome ?? null) : null),
    rows: published?.rows ?? null,
    replaced: published?.replaced ?? null,
    lostRows: (reads && lostRowsFinding(reads)) ?? null,
    compaction: (manifest && compactionFinding(manifest)) ?? null,
    drift: (manifest && driftFinding(manifest, { unknownNames: true })) ?? null,
    quarantineRate: reads && quarantineRate(reads),
    quarantinedByRule: manifest?.quarantinedByRule ?? {},
    quality: quality && { passed: quality.rules.filter(({ outcome }) => outcome === 'PASSED').length, rules: quality.rules.length },
    dismissed: record.dismissed ?? null,
  }
}

/** A batch that failed early has neither. */
export async function leftBehind(
  { dataset, batchId }: Pick<BatchRecord, 'dataset' | 'batchId'>,
  lake: Deployment['lake'],
): Promise<{ manifest: Manifest | null; quality: Quality | null }> {
  const [manifest, quality] = await Promise.all([lake.getText(manifestKey(dataset, batchId)), lake.getText(qualityKey(dataset, batchId))])
  return {
    manifest: manifest === undefined ? null : (manifestSchema.safeParse(JSON.parse(manifest)).data ?? null),
    quality: quality === undefined ? null : (qualitySchema.safeParse(JSON.parse(quality)).data ?? null),
  }
}
