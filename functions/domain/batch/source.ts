/** What a batch source is. Every difference between sources is a column here; nothing else compares a source by its name. */
export interface SourceTraits {
  /**
   * What the job reads. landings: the objects that the plan claims. raw: all files of the plan's raw partitions. quarantine: the
   * quarantined rows of its partitions. curated: the files of its curated partitions, written again as they are. parquet:
   * the files of a table that becomes an Iceberg table, which stay where they are. published: the tables of
   * a gold dataset's sources, for what the claimed publications reach. sources: those tables, for everything.
   */
  reads: 'landings' | 'raw' | 'quarantine' | 'curated' | 'parquet' | 'published' | 'sources'
  /** Whether the plan claims landings, which are the batch's own until it is closed. */
  claims: boolean
  /** Whether the batch reads new rows, and so has counts, a quarantine rate and drift. */
  countsRows: boolean
  /** Whether the contract's quality rules are evaluated. */
  judged: boolean
  /** Whether the batch stops above halt_rate. */
  halts: boolean
  /** When the curated table is crawled; `as-contract` follows the contract's `crawl`. */
  crawled: 'as-contract' | 'new-partitions'
  /** Whether a raw crawl was made for this batch, and belongs to its bill. */
  hasRawCrawl: boolean
  /** Whether it brings new data: makes the table fresh, and may warn of its quarantine rate. */
  isNews: boolean
  /** Whether its alerts begin and end apart from those of other batches. */
  alertsApart: boolean
  /** For people, after "this batch reads". */
  label: string
}

const ORDINARY = {
  claims: false,
  countsRows: true,
  judged: true,
  halts: true,
  crawled: 'as-contract',
  hasRawCrawl: false,
  alertsApart: false,
} as const

/** One row per source. A new source needs a row here, a caller that starts it and, if it reads something new, a reader in the job. */
export const BATCH_SOURCES = {
  /** What has landed since the last batch; intake starts it. */
  landings: { ...ORDINARY, reads: 'landings', claims: true, hasRawCrawl: true, isNews: true, label: 'new files' },
  /** A batch that a person starts. */
  raw: { ...ORDINARY, reads: 'raw', isNews: true, label: 'all files of its partitions' },
  /** A chunk of a backfill. */
  backfill: { ...ORDINARY, reads: 'raw', isNews: false, label: 'all files of its partitions, for a backfill' },
  /** A replay. It reads bad rows only: those that are still bad stay where they are, and must not stop the others. */
  quarantine: { ...ORDINARY, reads: 'quarantine', halts: false, isNews: false, label: 'quarantined rows again (a replay)' },
  /**
   * A compaction. Its rows were judged when they were published: rules of a batch (a row count, a freshness) mean nothing for old
   * partitions, which the catalog has already.
   */
  curated: {
    ...ORDINARY,
    reads: 'curated',
    countsRows: false,
    judged: false,
    halts: false,
    crawled: 'new-partitions',
    isNews: false,
    alertsApart: true,
    label: 'files of the table, to write fewer (a compaction)',
  },
  /** A Parquet table that becomes an Iceberg table. Its rows were judged, and stay as they are. */
  migration: {
    ...ORDINARY,
    reads: 'parquet',
    countsRows: false,
    judged: false,
    halts: false,
    crawled: 'new-partitions',
    isNews: false,
    label: 'files of the table, to take them over into an Iceberg table (a migration)',
  },
  /** What the sources of a gold dataset have published since its last batch; intake starts it. */
  gold: {
    ...ORDINARY,
    reads: 'published',
    claims: true,
    crawled: 'new-partitions',
    isNews: true,
    label: 'the tables that it is made of, where they have changed',
  },
  /** A gold dataset that a person, or a backfill, has computed anew. */
  recompute: {
    ...ORDINARY,
    reads: 'sources',
    crawled: 'new-partitions',
    isNews: false,
    label: 'the tables that it is made of, all of them',
  },
} as const satisfies Record<string, SourceTraits>

export type BatchSource = keyof typeof BATCH_SOURCES
export const BATCH_SOURCE_NAMES = Object.keys(BATCH_SOURCES) as [BatchSource, ...BatchSource[]]

export const traitsOf = (source: BatchSource): SourceTraits => BATCH_SOURCES[source]
/** Whether the batch has claimed landings, which are its own until it is closed. */
export const claimsLandings = (source: BatchSource) => traitsOf(source).claims
/** Whether files of the raw bucket are read, claimed or not. */
/** Whether it computes rows of a gold dataset. */
export const readsTables = (source: BatchSource) => ['published', 'sources'].includes(traitsOf(source).reads)

export const readsRawFiles = (source: BatchSource) => ['landings', 'raw'].includes(traitsOf(source).reads)
