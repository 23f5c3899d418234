import { inWords } from '../../durations.ts'
import type { BatchModel, PartitionModel, Verdict } from '../model/model.ts'

export { dollars, plural } from '../../../functions/domain/words.ts'
export { bytes } from '../../amounts.ts'

const whole = new Intl.NumberFormat('en')
const short = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 })

export const count = (number: number) => whole.format(number)
export const compact = (number: number) => (number < 10_000 ? whole.format(number) : short.format(number))

/** 0.0312 → 3.12%; a share that is not nothing never reads as nothing, one that is not all never as all. */
export function share(part: number): string {
  if (part === 0 || part === 1) return `${part * 100}%`
  const text = (part * 100).toPrecision(part < 0.1 ? 2 : 3)
  if (Number(text) >= 100) return '>99.9%'
  return Number(text) < 0.001 ? '<0.001%' : `${Number(text)}%`
}

/** `2025-01-31 14:05`, in UTC as everything in the lake is. */
export const time = (iso: string) => iso.slice(0, 16).replace('T', ' ')

export const took = (seconds: number) => (seconds < 60 ? `${Number(seconds.toPrecision(2))} s` : inWords(seconds))

export function ago(iso: string, now: number): string {
  const seconds = (now - Date.parse(iso)) / 1000
  if (seconds < 60) return 'just now'
  // An age in days needs no hours, and no age needs seconds.
  const parts = inWords(seconds).replace(/ \d+ s$/, '')
  return `${seconds > 2 * 86_400 ? parts.replace(/ \d+ h$/, '') : parts} ago`
}

/** Without the dataset's name, which the page shows above. */
export const shortId = (batchId: string, dataset: string) =>
  batchId.startsWith(`${dataset}-`) ? batchId.slice(dataset.length + 1) : batchId

export const VERDICT_WORDS: Record<Verdict, string> = {
  good: 'Good',
  running: 'First batch runs',
  empty: 'No data yet',
  late: 'Late',
  attention: 'Needs attention',
  failed: 'Failed',
}
/** After a number of datasets. */
export const VERDICT_COUNTS: Record<Verdict, string> = {
  good: 'good',
  running: 'with a first batch under way',
  empty: 'without data',
  late: 'late',
  attention: 'in need of attention',
  failed: 'failed',
}
export const STATUS_WORDS: Record<BatchModel['status'], string> = {
  succeeded: 'Succeeded',
  failed: 'Failed',
  running: 'Running',
  superseded: 'Superseded',
  dismissed: 'Dismissed',
}
export const PARTITION_WORDS: Record<PartitionModel['state'], string> = {
  landed: 'landed, waits for a batch',
  curated: 'curated',
  failed: 'failed',
  running: 'in a running batch',
}
/** Signs with the same meaning as the colours. */
export const SIGNS: Record<string, string> = {
  good: '✓',
  succeeded: '✓',
  curated: '',
  failed: '✕',
  attention: '!',
  late: '◷',
  running: '◐',
  landed: '○',
  empty: '○',
  superseded: '–',
  dismissed: '–',
}

export const SEVERITY_SIGNS = { critical: '✕', warning: '!', info: '✓' } as const
