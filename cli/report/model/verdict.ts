import { dueAt, expectationInWords } from '../../../functions/domain/batch/lateness.ts'
import { percent } from '../../../functions/domain/batch/manifest/manifest-summary.ts'
import { claimsLandings, traitsOf } from '../../../functions/domain/batch/source.ts'
import type { Expectation } from '../../../functions/domain/contract/fields/expect.ts'
import { pauseSentence } from '../../../functions/domain/landing/pause.ts'
import { plural } from '../../../functions/domain/words.ts'
import { inWords } from '../../durations.ts'
import type { DatasetFacts, ReportSource } from '../facts.ts'
import type { BatchModel, DatasetModel } from './model.ts'

type Judged = Pick<DatasetModel, 'verdict' | 'findings' | 'lastGoodAt' | 'lastGoodBatch' | 'usualSeconds'>

/** A rhythm is one that has been kept a few times; what breaks it by this factor is late. */
const LEAST_GAPS = 5
const GAPS_LOOKED_AT = 30
const LATE_FACTOR = 2

/** Is the data good and fresh? The worst that holds, with every reason in words. */
export function judge(
  { limits, expect, waiting, paused, batches: facts }: DatasetFacts,
  batches: BatchModel[],
  source: ReportSource,
  now: Date,
): Judged {
  const succeeded = facts.filter(({ status }) => status === 'succeeded')
  const good = succeeded.findLast(({ source: of }) => traitsOf(of).countsRows)
  // A table is as fresh as the last batch that brought something new.
  const news = succeeded.findLast(({ source: of }) => traitsOf(of).isNews)
  const lastGoodAt = news ? (news.closedAt ?? news.startedAt) : null
  const gaps = gapsBetween(batches)
  const found = {
    failed: failures(batches),
    attention: [...(paused ? [`Paused ${pauseSentence(paused)}. No crawl and no batch starts.`] : []), ...concerns(batches, limits)],
    late: paused ? [] : lateness(lastGoodAt, expect, gaps, { source, now }),
    running: batches.filter(({ status }) => status === 'running').map(({ batchId }) => `${batchId} runs now.`),
    empty: good
      ? []
      : [`No batch has succeeded yet.${waiting?.objects.length ? ` ${plural(waiting.objects.length, 'file waits', 'files wait')}.` : ''}`],
  }
  const order = ['failed', 'attention', 'late', 'empty', 'running'] as const
  const verdict = order.find((kind) => found[kind].length > 0) ?? 'good'
  return {
    // A running batch does not change what readers see, so the verdict of the table stays.
    verdict: verdict === 'running' && good ? 'good' : verdict === 'empty' && found.running.length > 0 ? 'running' : verdict,
    findings: order.flatMap((kind) => found[kind]),
    lastGoodAt,
    lastGoodBatch: news?.batchId ?? null,
    usualSeconds: gaps.length < LEAST_GAPS ? null : quantile(gaps, 0.5),
  }
}

// A failed batch counts until it runs again under the same id and no longer has status failed.
const failures = (batches: BatchModel[]) =>
  batches
    .filter(({ status }) => status === 'failed')
    .reverse()
    .map(({ batchId, error, startedAt }) => `${batchId} failed on ${startedAt.slice(0, 10)}: ${error ?? 'no reason recorded'}`)

function concerns(batches: BatchModel[], limits: DatasetFacts['limits']): string[] {
  const last = batches.findLast(({ status, source }) => status === 'succeeded' && traitsOf(source).isNews)
  if (!last) return []
  const { quarantineRate, drift, lostRows, missingReferences, missingObjects } = last
  const found: string[] = []
  if (limits && quarantineRate !== null && quarantineRate > limits.warnRate) {
    found.push(
      `${percent(quarantineRate)} of the last batch's rows were quarantined; the contract warns above ${percent(limits.warnRate)}.`,
    )
  }
  const drifted = [...Object.keys(drift?.missing ?? {}), ...Object.keys(drift?.unknown ?? {})]
  if (drifted.length > 0) found.push(`The last batch's files differ from the contract in ${drifted.join(', ')}.`)
  if (lostRows) found.push(`${lostRows}.`)
  if (missingReferences) found.push(`Foreign keys of the last batch: ${missingReferences}.`)
  if (missingObjects > 0) found.push(`${missingObjects} files of the last batch were deleted before they could be read.`)
  return found
}

// What the contract expects counts, and no rhythm beside it.
function overdue(expect: Expectation, lastGoodAt: Date, now: Date): string[] {
  const due = dueAt(expect, lastGoodAt)
  if (now <= due) return []
  const overdueFor = inWords((now.getTime() - due.getTime()) / 1000)
  return [`Nothing new for ${overdueFor} beyond what the contract expects: ${expectationInWords(expect)}.`]
}

// A folder is the result of an ended run: it cannot be late.
function lateness(
  lastGoodAt: string | null,
  expect: Expectation | null,
  gaps: number[],
  { source, now }: { source: ReportSource; now: Date },
): string[] {
  if (source.kind === 'folder' || lastGoodAt === null) return []
  if (expect) return overdue(expect, new Date(lastGoodAt), now)
  if (gaps.length < LEAST_GAPS) return []
  const age = (now.getTime() - Date.parse(lastGoodAt)) / 1000
  const long = quantile(gaps, 0.9)
  return age > LATE_FACTOR * long ? [`Nothing new for ${inWords(age)}; nine times in ten a batch comes within ${inWords(long)}.`] : []
}

function gapsBetween(batches: BatchModel[]): number[] {
  const starts = batches
    .filter(({ status, source }) => status === 'succeeded' && claimsLandings(source))
    .map(({ startedAt }) => Date.parse(startedAt))
  return starts
    .slice(1)
    .map((start, place) => (start - (starts[place] ?? start)) / 1000)
    .slice(-GAPS_LOOKED_AT)
}

function quantile(numbers: number[], share: number): number {
  const sorted = [...numbers].sort((some, other) => some - other)
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0
}
