import type { Pause } from '../landing/pause.ts'
import { pauseSentence } from '../landing/pause.ts'
import { plural } from '../words.ts'

/** What a dataset did in the period of a digest, and how it is at its end. Times are ISO. */
export interface DatasetDigest {
  dataset: string
  /** Of the last batch that brought new data, also before the period. */
  lastPublishedAt: string | null
  /** By the contract's `expect`; null without it, before the first batch, and while the dataset is paused. */
  expected: { dueAt: string; late: boolean; inWords: string } | null
  /** Batches that ended in the period. */
  batches: { ended: number; failed: number }
  rows: {
    /** Rows that batches of the period have published. */
    published: number
    /** New rows that were read, and those of them that went to quarantine and wait for no parent. */
    read: number
    quarantined: number
  }
  /** Rows in quarantine that wait for the key of a parent. */
  waitingRows: number
  /** Batches that have failed and are not settled, of any age; the oldest first. */
  openFailures: { batchId: string; startedAt: string; error: string | null }[]
  /** Troubles that people have been told of and that are not over. */
  alerts: { kind: string; since: string }[]
  paused: Pause | null
  /** At most; see domain/cost/estimate.ts. */
  dollars: number
  /** Batches of the period that left no manifest, and are not in `dollars`. */
  uncosted: number
}

export interface Digest {
  from: string
  to: string
  datasets: DatasetDigest[]
}

const LONGEST_ERROR = 240

/** Why a person should look at the dataset, the most urgent first; empty where all is well. */
export function troublesOf({ expected, openFailures, alerts, paused }: DatasetDigest): string[] {
  const [oldest] = openFailures
  const others = alerts.filter(({ kind }) => kind !== 'late' || !expected?.late)
  return [
    ...(oldest
      ? [
          `${plural(openFailures.length, 'failed batch', 'failed batches')}${openFailures.length > 1 ? ', the oldest' : ''} of ${minute(oldest.startedAt)}: ${errorOf(oldest.error)}`,
        ]
      : []),
    ...(expected?.late ? [`late: due ${minute(expected.dueAt)}, expected ${expected.inWords}`] : []),
    ...(others.length > 0
      ? [
          `open ${others.length === 1 ? 'alert' : 'alerts'}: ${others.map(({ kind, since }) => `${kind} since ${minute(since)}`).join(', ')}`,
        ]
      : []),
    ...(paused ? [`paused ${pauseSentence(paused)}`] : []),
  ]
}

/** Failures before late data before other alerts before pauses; those that need no one come last. Within, by name. */
export function byUrgency(datasets: DatasetDigest[]): DatasetDigest[] {
  return [...datasets].sort((left, right) => urgencyOf(left) - urgencyOf(right) || (left.dataset < right.dataset ? -1 : 1))
}

function urgencyOf({ openFailures, expected, alerts, paused }: DatasetDigest): number {
  const first = [openFailures.length > 0, expected?.late, alerts.length > 0, paused !== null].findIndex(Boolean)
  return first === -1 ? Number.POSITIVE_INFINITY : first
}

/** 2026-11-28T06:00:12Z → 2026-11-28 06:00 UTC */
export const minute = (iso: string) => `${iso.slice(0, 16).replace('T', ' ')} UTC`

/** On one line, and no longer than a mail should be. */
function errorOf(error: string | null): string {
  const line = (error ?? 'no reason recorded').replaceAll(/[\p{Cc}\s]+/gu, ' ').trim()
  return line.length > LONGEST_ERROR ? `${line.slice(0, LONGEST_ERROR).trimEnd()} …` : line
}
