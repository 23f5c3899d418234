import type { Manifest } from './manifest.ts'

/** The error of a batch that has published and whose catalog may lack partitions. */
const AFTER_PUBLISHING = 'CrawlFailedError'

/**
 * The batch's rows as far as they are in the table: `written` of a batch that has not published is 0, whatever its job has staged. Its
 * other rows add up to what was read only once it has.
 */
export function rowsInTable(
  rows: Manifest['rows'],
  { status, error }: { status: 'running' | 'succeeded' | 'failed' | 'superseded'; error?: string | null | undefined },
): Manifest['rows'] {
  return status === 'succeeded' || error?.startsWith(AFTER_PUBLISHING) ? rows : { ...rows, written: 0 }
}
