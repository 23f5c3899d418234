import type { Announcement } from '../batch/publish/published-event.ts'
import { canonicalSequencer, type LandingEvent } from '../landing/landing.ts'

/** What waits for a gold dataset is a publication of one of its sources, kept as a landing whose key no file has. */
const KEY = /^published\/([a-z][a-z0-9_]{0,40})\/([^/]+)\/([0-9a-f]{8})$/

export interface SourcePublication {
  source: string
  batchId: string
  /** See `runOf`. */
  run: string
}

export const publicationKey = ({ source, batchId, run }: SourcePublication) => `published/${source}/${batchId}/${run}`

/** Undefined for the key of a file. */
export function publicationOf(key: string): SourcePublication | undefined {
  const [, source, batchId, run] = KEY.exec(key) ?? []
  return source && batchId && run ? { source, batchId, run } : undefined
}

/**
 * The landing that a publication is for a gold dataset: the same of each delivery, so that a repeated one changes nothing. A batch that was cut off and
 * publishes the rest later has a later one.
 */
export const publicationLanding = (
  dataset: string,
  { dataset: source, batchId, run, publishedAt }: Announcement,
  recordedAt: string,
): LandingEvent => ({
  dataset,
  key: publicationKey({ source, batchId, run }),
  sequencer: canonicalSequencer(Date.parse(publishedAt).toString(16)) as string,
  size: 0,
  etag: run,
  partition: {},
  landedAt: publishedAt,
  recordedAt,
  deleted: false,
})
