import type { Quality } from '../quality.ts'
import type { Manifest } from './manifest.ts'
import type { RowCounts } from './row-counts.ts'

/**
 * A manifest's rows as the table has them: those of a batch that did not succeed, and never passed its quality rules, are in no table. A batch
 * that passed them and failed later has published, wholly or in part.
 */
export function publishedRows(
  { rows, replaced }: Pick<Manifest, 'rows' | 'replaced'>,
  { succeeded, quality }: { succeeded: boolean; quality: Quality | null | undefined },
): { rows: RowCounts; replaced: number | null } {
  if (succeeded || quality?.passed) return { rows, replaced: replaced ?? null }
  return { rows: { ...rows, written: 0, unpublished: rows.written }, replaced: null }
}
