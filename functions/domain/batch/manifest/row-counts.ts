/** What became of the rows that a batch read: read = written + duplicates + superseded + quarantined + deleted + unpublished. */
export interface RowCounts {
  read: number
  /** Rows of this batch that are now the newest version of their key and were not in curated before. */
  written: number
  /** Rows equal in every column to the version that curated keeps, or to a row of the batch that it keeps. */
  duplicates: number
  /** Rows that lose to a different, newer version of their key, in the batch or in curated. */
  superseded: number
  quarantined: number
  /** Rows that have removed their key, and were not known before; only of a contract with `delete_when`. */
  deleted?: number | undefined
  /** Rows that a batch without a publication would have written. A manifest, which is older than that, has them in `written`. */
  unpublished?: number | undefined
}

export const ROW_KINDS = ['written', 'duplicates', 'superseded', 'quarantined', 'deleted', 'unpublished'] as const
export type RowKind = (typeof ROW_KINDS)[number]

/** Promise 7: every row that was read is one of the kinds. */
export const rowsAreConserved = ({ rows }: { rows: RowCounts }): boolean =>
  rows.read === ROW_KINDS.reduce((sum, kind) => sum + (rows[kind] ?? 0), 0)

/** In words: 10 read = 7 written + 1 duplicates + 0 superseded + 2 quarantined. */
export const conservation = (rows: RowCounts, replaced = 0): string => {
  const over = (kind: RowKind) => (kind === 'written' && replaced > 0 ? ` (${replaced} over older rows)` : '')
  return `${rows.read} read = ${ROW_KINDS.flatMap((kind) => (rows[kind] === undefined ? [] : [`${rows[kind]} ${kind}${over(kind)}`])).join(' + ')}`
}

export function sumOfRows(counts: (RowCounts | null | undefined)[]): RowCounts {
  const sum = (kind: keyof RowCounts) => counts.reduce((total, rows) => total + (rows?.[kind] ?? 0), 0)
  const all = { read: sum('read'), written: sum('written'), duplicates: sum('duplicates'), superseded: sum('superseded') }
  const removes = counts.some((rows) => rows?.deleted !== undefined)
  const unpublished = sum('unpublished')
  return {
    ...all,
    quarantined: sum('quarantined'),
    ...(removes && { deleted: sum('deleted') }),
    ...(unpublished > 0 && { unpublished }),
  }
}
