import type { ColumnProfile } from '../../../functions/domain/batch/manifest/profile.ts'
import { profileChanges } from '../../../functions/domain/batch/manifest/profile-changes.ts'
import { traitsOf } from '../../../functions/domain/batch/source.ts'
import type { BatchFacts } from '../facts.ts'

/** The newest batch with a profile, beside the last good one before it. */
export interface ProfileModel {
  batchId: string
  /** Null for the first. */
  before: string | null
  /** Good rows. */
  rows: number
  /** Of these the ones that distinct values and histograms are from. */
  sampled: number
  columns: ProfiledColumn[]
}

export interface ProfiledColumn extends ColumnProfile {
  name: string
  before: ColumnProfile | null
  /** In words. */
  changes: string[]
}

/** `batches`: oldest first. Only of batches with new rows: what a replay or a chunk of a backfill holds is no measure for the next. */
export function profileModel(batches: BatchFacts[]): ProfileModel | null {
  const profiled = batches.flatMap(({ batchId, status, source, manifest }) =>
    manifest?.profile && traitsOf(source).isNews ? [{ batchId, status, profile: manifest.profile }] : [],
  )
  const last = profiled.at(-1)
  if (last === undefined) return null
  const before = profiled.slice(0, -1).findLast(({ status }) => status === 'succeeded')
  const changes = before ? profileChanges(last.profile, before.profile) : {}
  return {
    batchId: last.batchId,
    before: before?.batchId ?? null,
    rows: last.profile.rows,
    sampled: last.profile.sampled,
    columns: Object.entries(last.profile.columns).map(([name, column]) => ({
      name,
      ...column,
      before: before?.profile.columns[name] ?? null,
      changes: changes[name] ?? [],
    })),
  }
}
