import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { lostRowsFinding } from '../../functions/domain/batch/manifest/lost-rows.ts'
import { type Manifest, manifestSchema } from '../../functions/domain/batch/manifest/manifest.ts'
import { driftFinding, quarantineRate } from '../../functions/domain/batch/manifest/manifest-summary.ts'
import { missingReferencesFinding } from '../../functions/domain/batch/manifest/missing-references.ts'
import { publishedRows } from '../../functions/domain/batch/manifest/published-rows.ts'
import type { RowCounts } from '../../functions/domain/batch/manifest/row-counts.ts'
import { type Quality, qualitySchema } from '../../functions/domain/batch/quality.ts'
import { manifestKey, qualityKey } from '../../functions/domain/names.ts'
import type { PipelineExtract } from '../../laptop/pipeline/sources/databases.ts'

/** One batch as `sluice run --json` prints it. */
export interface BatchResult {
  dataset: string
  batchId: string
  status: string
  rowsRead: number
  rowsWritten: number
  duplicates: number
  superseded: number
  /** Rows that the table had, and that its rows replaced; among `rowsWritten`. */
  replaced: number
  quarantined: number
  /** Rows that have removed their key (`delete_when`). */
  deleted: number
  /** Rows that a batch would have written that did not pass; they are in no table. */
  unpublished?: number | undefined
  quarantineRate: number
  quarantinedByRule: Record<string, number>
  quality: { passed: number; rules: number }
  /** Where its files differ from the contract, in words; only there when they do. */
  drift?: string
  /** What a wrong primary key looks like, in words; only there when it may be one. */
  lostRows?: string
  /** Rows that refer to nothing, in words; only there when there are such. */
  missingReferences?: string
  /** Why it failed; only there when it did. */
  error?: string
}

export interface RunResult {
  batches: BatchResult[]
  alerts: { kind: string; dataset: string; message: string }[]
  crawls: { raw: number; curated: number }
  /** Of datasets with a database. */
  extracts?: PipelineExtract[]
}

/** An ended execution of a batch. */
export interface EndedBatch {
  dataset: string
  batchId: string
  status: string
  error?: string
}

/** Joins the results of executions with the files of batches under `<output>/runs/`. */
export async function readBatchResults(ended: EndedBatch[], output: string): Promise<BatchResult[]> {
  return Promise.all(
    ended.map(async ({ dataset, batchId, status, error }) => {
      const manifest = await readJson(join(output, manifestKey(dataset, batchId)), (value) => manifestSchema.parse(value))
      const quality = await readJson(join(output, qualityKey(dataset, batchId)), (value) => qualitySchema.parse(value))
      const lostRows = manifest && lostRowsFinding(manifest)
      const missingReferences = manifest && missingReferencesFinding(manifest)
      const drift = manifest && driftFinding(manifest, { unknownNames: true })
      return {
        dataset,
        batchId,
        status,
        ...rowCounts(manifest, { succeeded: status === 'SUCCEEDED', quality }),
        quality: ruleCounts(quality),
        ...(drift && { drift }),
        ...(lostRows && { lostRows }),
        ...(missingReferences && { missingReferences }),
        ...(error && { error }),
      }
    }),
  )
}

const NO_ROWS: RowCounts = { read: 0, written: 0, duplicates: 0, superseded: 0, quarantined: 0 }

function rowCounts(manifest: Manifest | undefined, outcome: { succeeded: boolean; quality: Quality | undefined }) {
  const { rows, replaced } = manifest ? publishedRows(manifest, outcome) : { rows: NO_ROWS, replaced: null }
  const { read, written, ...others } = rows
  return {
    rowsRead: read,
    rowsWritten: written,
    ...others,
    replaced: replaced ?? 0,
    deleted: others.deleted ?? 0,
    quarantineRate: manifest ? quarantineRate(manifest) : 0,
    quarantinedByRule: manifest?.quarantinedByRule ?? {},
  }
}

function ruleCounts(quality: Quality | undefined) {
  const rules = quality?.rules ?? []
  return { passed: rules.filter(({ outcome }) => outcome === 'PASSED').length, rules: rules.length }
}

// A batch that failed early has left neither file.
async function readJson<T>(file: string, parse: (value: unknown) => T): Promise<T | undefined> {
  const text = await readFile(file, 'utf8').catch(() => undefined)
  return text === undefined ? undefined : parse(JSON.parse(text))
}
