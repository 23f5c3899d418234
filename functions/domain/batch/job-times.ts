import type { Manifest } from './manifest/manifest.ts'

/** How long the curate job of one batch took. */
export interface JobTime {
  batchId: string
  source: Manifest['source']
  seconds: number
}

/** Times kept of each source: a backfill of a hundred chunks must not push out what is known of an ordinary day. */
const KEPT = 20
/** A median of fewer times is not reliable. */
const ENOUGH = 5
/** Getting ready alone may take a minute: below this, twice as long means nothing. */
const LEAST_EXPECTED_SECONDS = 120
/** Threshold of the alarm `job-elapsed` on the metric `JobElapsedRatio`. */
export const ELAPSED_RATIO_LIMIT = 2

/** The times with one more, oldest first; a batch that was run again has its newest alone. */
export function withJobTime(times: JobTime[], time: JobTime): JobTime[] {
  const others = times.filter(({ batchId }) => batchId !== time.batchId)
  const ofSource = others.filter(({ source }) => source === time.source).slice(1 - KEPT)
  return [...others.filter(({ source }) => source !== time.source), ...ofSource, time]
}

/**
 * Seconds that the job of such a batch takes as a rule: the median of the others of its source, since a person's batch may read years
 * where a landing's reads an hour. Undefined while too few are known.
 */
export function expectedJobSeconds(times: JobTime[], { batchId, source }: Pick<JobTime, 'batchId' | 'source'>): number | undefined {
  const seconds = times
    .filter((time) => time.source === source && time.batchId !== batchId)
    .map((time) => time.seconds)
    .sort((some, other) => some - other)
  if (seconds.length < ENOUGH) return undefined
  const [low = 0, high = 0] = [seconds[Math.floor((seconds.length - 1) / 2)], seconds[Math.floor(seconds.length / 2)]]
  return Math.max(LEAST_EXPECTED_SECONDS, (low + high) / 2)
}
