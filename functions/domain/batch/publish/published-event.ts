import { manifestKey } from '../../names.ts'
import type { Manifest } from '../manifest/manifest.ts'
import { quarantineRate } from '../manifest/manifest-summary.ts'
import { type Quality, summarizeQuality } from '../quality.ts'

/** A publication whose event is due: the ledger keeps it from the moment the publisher leaves until the event is sent. */
export interface Announcement {
  dataset: string
  batchId: string
  /** See `runOf`: a batch that is curated again has another. */
  run: string
  /** The execution that published; unknown where the sweep found a publisher that was cut off. */
  executionArn?: string
  publishedAt: string
}

export const PUBLISHED_DETAIL_TYPE = 'Sluice Batch Published'

/** Partitions that an event lists. EventBridge takes 256 KB an event, and a value of a partition key at most 1 KB. */
const PARTITIONS_LISTED = 100

/** `detail` of `Sluice Batch Published`; docs/events.md is its page. Fields may be added, none is changed or removed. */
export interface PublishedEvent {
  dataset: string
  batchId: string
  run: string
  source: Manifest['source']
  contractVersion: string
  partitions: Record<string, string>[]
  partitionCount: number
  rows: Manifest['rows']
  quarantineRate: number
  quality: { passed: boolean; score: number | null; rulesPassed: number; rulesFailed: number; skipped: string | null } | null
  publishedAt: string
  manifestUri: string
}

export function publishedEvent(
  { dataset, batchId, run, publishedAt }: Announcement,
  { manifest, quality }: { manifest: Manifest; quality?: Quality },
  lakeBucket: string,
): PublishedEvent {
  return {
    dataset,
    batchId,
    run,
    source: manifest.source,
    contractVersion: manifest.contractVersion,
    partitions: manifest.partitions.slice(0, PARTITIONS_LISTED).map(({ values }) => values),
    partitionCount: manifest.partitions.length,
    rows: manifest.rows,
    quarantineRate: quarantineRate(manifest),
    quality: quality === undefined ? null : verdictOf(quality),
    publishedAt,
    manifestUri: `s3://${lakeBucket}/${manifestKey(dataset, batchId)}`,
  }
}

function verdictOf(quality: Quality): PublishedEvent['quality'] {
  const { passed, score, rulesPassed, rulesFailed, skipped } = summarizeQuality(quality)
  return { passed, score, rulesPassed, rulesFailed, skipped }
}
