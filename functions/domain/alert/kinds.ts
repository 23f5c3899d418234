import { readFailure } from '../batch/failure.ts'
import { expectationInWords } from '../batch/lateness.ts'
import { lostRowsFinding } from '../batch/manifest/lost-rows.ts'
import { missingReferenceRate, missingReferencesFinding } from '../batch/manifest/missing-references.ts'
import { type BatchSource, traitsOf } from '../batch/source.ts'
import { NEXT_COMMANDS as go } from '../command/next-command.ts'
import type { IgnoreReason } from '../landing/admission.ts'
import { type StreamTrouble, troubleInWords } from '../stream/mapping.ts'
import { plural } from '../words.ts'
import type { Alert, Severity } from './alert.ts'
import { backfillCommand, backfillDetails, backfillMessage, isWhole } from './backfill-words.ts'
import { batchDetails, qualityDetails, rateDetails, rateMessage } from './batch-words.ts'
import type {
  BackfillFacts,
  BatchFacts,
  CrawlFacts,
  ExtractFacts,
  LateFacts,
  MisplacedFacts,
  PublicationFacts,
  RawCrawlFacts,
  RecoveryFacts,
  RollbackFacts,
  StreamFacts,
  UnfinishedFacts,
  WaitingFacts,
} from './facts.ts'

/** One kind of alert. A trouble is reported when it is first seen, and again only when it is over. */
interface AlertKind<Facts> {
  /** The name that is published, where two severities of one kind are two troubles. */
  kind?: string
  severity: Severity | ((facts: Facts) => Severity)
  /**
   * What ends the trouble. batch: a batch that succeeds, once no failed batch with this trouble is left. rate: a batch below warn_rate.
   * news: a batch that brings new data. references: such a batch whose foreign keys are below warn_rate. crawl: a raw crawl that succeeds. whole-crawls: a batch whose crawls did all that they are for.
   * parents: a sweep that finds no row that waits. extract: an extract that succeeds. reading: a sweep that finds the stream read. sweep: a sweep that finds it gone. null: news and not a trouble, reported each time.
   */
  endedBy: 'batch' | 'rate' | 'news' | 'references' | 'crawl' | 'whole-crawls' | 'parents' | 'extract' | 'reading' | 'sweep' | null
  /** The errors of a failed execution that this is the alert for. */
  errors?: readonly string[]
  message: (facts: Facts) => string
  details?: (facts: Facts) => Partial<Alert>
  hint?: (facts: Facts) => string | undefined
  /** Words of the commands to go on with, most useful first. */
  next: (facts: Facts) => string[][]
}

const kind = <Facts>(row: AlertKind<Facts>) => row

/** One row a kind of alert. A new kind is a row here, who raises it, and its line in docs/operations.md. */
export const KINDS = {
  'quarantine-rate': kind<BatchFacts>({
    severity: 'warning',
    endedBy: 'rate',
    message: (facts) => rateMessage(facts, 'warn_rate', facts.batch.warnRate, 'goes on'),
    details: (facts) => rateDetails(facts, facts.batch.warnRate),
    next: ({ dataset }) => [go.showQuarantine(dataset)],
  }),
  'quarantine-rate-halt': kind<BatchFacts>({
    kind: 'quarantine-rate',
    severity: 'critical',
    endedBy: 'batch',
    errors: ['QuarantineRateError'],
    message: (facts) => rateMessage(facts, 'halt_rate', facts.batch.haltRate, 'was stopped before publishing'),
    details: (facts) => rateDetails(facts, facts.batch.haltRate),
    hint: () => 'Correct the contract or the files, then redrive the batch.',
    next: ({ dataset, batch }) => [go.showQuarantine(dataset), go.redrive(batch.batchId)],
  }),
  'quality-gate': kind<BatchFacts>({
    severity: 'critical',
    endedBy: 'batch',
    errors: ['QualityGateError'],
    message: ({ dataset, batch, quality }) => {
      const failed = quality?.rules.filter((rule) => rule.outcome !== 'PASSED').length ?? 0
      const why = quality?.problem ?? `${failed} of ${quality?.rules.length ?? 0} quality rules did not pass`
      return `${dataset}: ${why}; batch ${batch.batchId} was stopped before publishing`
    },
    details: qualityDetails,
    hint: () => 'Correct the rules or the files, then redrive the batch.',
    next: ({ dataset, batch }) => [go.redrive(batch.batchId), go.runs(dataset)],
  }),
  'batch-failed': kind<BatchFacts>({
    severity: 'critical',
    endedBy: 'batch',
    message: ({ dataset, batch: { batchId }, failure = { Error: 'unknown' } }) => {
      if (failure.Error === 'ABORTED') return `${dataset}: batch ${batchId} was stopped by hand; no file is lost`
      if (failure.Error === 'TIMED_OUT') return `${dataset}: batch ${batchId} ran out of time; no file is lost`
      const { error, message } = readFailure(failure)
      return `${dataset}: batch ${batchId} failed with ${error}: ${message}`
    },
    details: batchDetails,
    hint: (facts) =>
      isBadInput(facts)
        ? 'Start a new execution with a correct input; this one fails every time.'
        : 'Remove the cause, then redrive the batch.',
    next: (facts) => [...(isBadInput(facts) ? [] : [go.redrive(facts.batch.batchId)]), go.status(facts.dataset)],
  }),
  'curated-crawl-failed': kind<BatchFacts>({
    severity: 'warning',
    endedBy: 'whole-crawls',
    message: ({ dataset, batch, failure = { Error: 'CrawlFailedError' } }) =>
      `${dataset}: the curated crawl of batch ${batch.batchId} failed; its partitions are registered without it, and no row is missing: ${readFailure(failure).message}`,
    details: batchDetails,
    hint: () => 'The next batch crawls again. Read the log of the crawler under /aws-glue/crawlers.',
    next: ({ dataset }) => [go.status(dataset)],
  }),
  'partitions-left-out': kind<CrawlFacts>({
    severity: 'warning',
    endedBy: 'whole-crawls',
    message: ({ dataset, batch, leftOut: { count, names } }) =>
      `${dataset}: crawls left out ${plural(count, 'partition')} of batch ${batch.batchId} (${named(names, count)}); they are registered without the crawl, and no row is missing`,
    details: (facts) => ({ ...batchDetails(facts), observed: { partitions: facts.leftOut.count } }),
    hint: () =>
      'A crawl leaves out a header with one row, a single column, and mixed compressions in a folder. With crawl: never in the contract none runs.',
    next: ({ dataset }) => [go.status(dataset)],
  }),
  'partitions-not-catalogued': kind<BatchFacts>({
    kind: 'curated-crawl-failed',
    severity: 'critical',
    endedBy: 'batch',
    errors: ['CrawlFailedError'],
    message: ({ dataset, batch, failure = { Error: 'CrawlFailedError' } }) =>
      `${dataset}: batch ${batch.batchId} is published, but the catalog may lack some of its partitions: ${readFailure(failure).message}`,
    details: batchDetails,
    hint: () => 'Redrive the batch; publishing it again changes nothing.',
    next: ({ batch }) => [go.redrive(batch.batchId)],
  }),
  'batch-still-failed': kind<UnfinishedFacts>({
    severity: 'warning',
    endedBy: 'batch',
    message: ({ dataset, batch, unfinished }) => {
      const [first = { batchId: '', files: [] }] = unfinished
      const which = unfinished.length === 1 ? `failed batch ${first.batchId} still waits` : `${unfinished.length} failed batches still wait`
      const file = first.files[0] === undefined ? '' : `; ${first.files[0]} is in no table`
      return `${dataset}: batch ${batch.batchId} succeeded, but ${which} for a redrive${file}`
    },
    details: (facts) => ({ ...batchDetails(facts), unfinished: facts.unfinished }),
    next: ({ dataset, unfinished }) => [...unfinished.map(({ batchId }) => go.redrive(batchId)), go.status(dataset)],
  }),
  'raw-crawl-failed': kind<RawCrawlFacts>({
    severity: 'critical',
    endedBy: 'crawl',
    message: ({ dataset, attempts, error }) =>
      `${dataset}: the raw crawler failed ${plural(attempts, 'time')}; files wait until it succeeds. Last error: ${error}`,
    details: ({ attempts }) => ({ observed: { attempts } }),
    hint: () => 'Sluice keeps starting the crawler, with longer and longer pauses.',
    next: ({ dataset }) => [go.status(dataset)],
  }),
  late: kind<LateFacts>({
    severity: 'warning',
    endedBy: 'news',
    message: ({ dataset, expect, lastPublishedAt, dueAt }) =>
      `${dataset}: nothing new was published since ${minute(lastPublishedAt)}; it was due at ${minute(dueAt)} (expected ${expectationInWords(expect)})`,
    details: ({ owner, lastPublishedAt, dueAt }) => ({ owner, observed: { lastPublishedAt, dueAt } }),
    hint: () => 'If files wait or a batch failed, status shows it. If nothing landed, ask who sends the files.',
    next: ({ dataset }) => [go.status(dataset), go.runs(dataset)],
  }),
  'many-rows-lost': kind<BatchFacts>({
    severity: 'warning',
    endedBy: null,
    message: ({ dataset, batch, manifest }) =>
      `${dataset}: in its first batch ${batch.batchId}, ${(manifest && lostRowsFinding(manifest)) ?? 'many rows have the key of another row'}`,
    details: batchDetails,
    hint: () => 'If the key is wrong, correct primary_key in the contract, deploy it, and rebuild the table.',
    next: ({ dataset }) => [go.runs(dataset), go.backfill(dataset, ['--rebuild'])],
  }),
  'missing-references': kind<BatchFacts>({
    severity: 'warning',
    endedBy: 'references',
    message: ({ dataset, batch, manifest }) =>
      `${dataset}: batch ${batch.batchId} is published; ${(manifest && missingReferencesFinding(manifest)) ?? 'rows refer to keys that are not there'}`,
    details: (facts) => {
      const rate = facts.manifest && missingReferenceRate(facts.manifest)
      return { ...batchDetails(facts), observed: { ...(rate !== undefined && { rate }), limit: facts.batch.warnRate ?? 0 } }
    },
    hint: () => 'If the parent is late, its next batch may bring them. If the keys are wrong, ask who sends the files.',
    next: ({ dataset }) => [go.runs(dataset)],
  }),
  'rows-wait': kind<WaitingFacts>({
    severity: 'warning',
    endedBy: 'parents',
    message: ({ dataset, rows, since, within, parents }) =>
      `${dataset}: ${plural(rows, 'row')} ${rows === 1 ? 'waits' : 'wait'} for a key of ${parents.join(', ')} since ${minute(since)}, longer than ${within}`,
    details: ({ owner, rows, since }) => ({ owner, observed: { rows, since } }),
    hint: () => 'They come in by themselves when the parent publishes their key. If it never will, correct or discard them.',
    next: ({ dataset, parents }) => [go.showQuarantine(dataset), ...parents.map((parent) => go.status(parent))],
  }),
  'publication-cut-off': kind<PublicationFacts>({
    severity: 'warning',
    endedBy: 'sweep',
    message: ({ dataset, doubled }) => {
      const folders = doubled.map(({ folder }) => folder)
      const where = `${plural(doubled.length, 'partition')} (${named(folders, folders.length)})`
      return `${dataset}: publishing ${batchesOf(doubled).join(', ')} was cut off; rows may be twice in ${where}`
    },
    hint: () => 'A redrive, or a backfill over these partitions, writes each row once.',
    next: ({ dataset, doubled }) => [
      ...batchesOf(doubled).map((batchId) => go.redrive(batchId)),
      go.backfill(dataset, ['--all', '--only', 'all']),
    ],
  }),
  'files-misplaced': kind<MisplacedFacts>({
    severity: 'warning',
    endedBy: null,
    message: ({ dataset, files, keys, reason }) => {
      const named = keys.slice(0, FILES_SHOWN).join(', ')
      return `${dataset}: no batch will read ${plural(files, 'file')} (${named}${files > FILES_SHOWN ? ' …' : ''}): ${WHY_MISPLACED[reason]}`
    },
    details: ({ files }) => ({ observed: { files } }),
    hint: () => 'Move them to the right place, which lands them. Further ones of today are only in the log of record-landings.',
    next: () => [go.landingLog()],
  }),
  'extract-failed': kind<ExtractFacts>({
    severity: 'critical',
    endedBy: 'extract',
    message: ({ dataset, extractId, failure }) => {
      if (failure.Error === 'ABORTED') return `${dataset}: extract ${extractId} was stopped by hand`
      if (failure.Error === 'TIMED_OUT') return `${dataset}: extract ${extractId} ran out of time`
      const { error, message } = readFailure(failure)
      // The job's own errors are sentences that need no name in front.
      return `${dataset}: extract ${extractId} failed: ${error === 'States.TaskFailed' ? message : `${error}: ${message}`}`
    },
    details: ({ owner, failure }) => {
      const { error, message } = readFailure(failure)
      return { owner, failure: { error, message } }
    },
    hint: () => 'Nothing is lost: the next extract reads the same window again. Remove the cause, then start one.',
    next: ({ dataset }) => [go.extract(dataset), go.status(dataset)],
  }),
  'stream-not-read': kind<StreamFacts>({
    // Who disabled it knows, and others may not.
    severity: ({ trouble }) => (trouble.is === 'disabled' && trouble.words === undefined ? 'warning' : 'critical'),
    endedBy: 'reading',
    message: ({ dataset, stream, trouble }) => `${dataset}: ${troubleInWords(stream, trouble)}`,
    details: ({ owner }) => ({ owner }),
    hint: ({ trouble }) => `What has landed stays. ${toReadAgain(trouble)}`,
    next: ({ dataset }) => [go.status(dataset)],
  }),
  'rolled-back': kind<RollbackFacts>({
    severity: 'warning',
    endedBy: null,
    message: ({ dataset, to, undone, by, reason }) =>
      `${dataset}: ${by} rolled the table back to batch ${to}; rows of ${plural(undone.length, 'later batch', 'later batches')} went: ${reason}`,
    details: ({ undone }) => ({ observed: { undone: undone.length } }),
    hint: () => 'Read the files of those batches again when their cause is repaired.',
    next: ({ dataset }) => [go.runs(dataset), go.backfill(dataset, ['--all', '--only', 'all'])],
  }),
  'backfill-finished': kind<BackfillFacts>({
    severity: (facts) => (isWhole(facts) ? 'info' : facts.failure ? 'critical' : 'warning'),
    endedBy: null,
    message: backfillMessage,
    details: backfillDetails,
    hint: (facts) => (isWhole(facts) ? undefined : 'Start the same backfill again: it does only what is left.'),
    next: (facts) => [...(isWhole(facts) ? [] : [backfillCommand(facts)]), go.status(facts.dataset)],
  }),
  recovered: kind<RecoveryFacts>({
    severity: 'info',
    endedBy: null,
    message: ({ dataset, batch, because = 'it has ended', over }) =>
      `${dataset}: ${batch ? `batch ${batch.batchId} succeeded` : because}; over: ${over.join(', ')}`,
    details: ({ batch, over, ...facts }) => ({
      ...(batch && batchDetails({ batch, ...facts })),
      observed: { recovered: over.join(',') },
    }),
    next: ({ dataset }) => [go.status(dataset)],
  }),
}

export type Trouble = keyof typeof KINDS
export type FactsOf<T extends Trouble> = (typeof KINDS)[T] extends AlertKind<infer Facts> ? Facts : never

/** The names that alerts are published under, for filters of subscriptions. */
export const ALERT_KINDS = [...new Set(Object.entries(KINDS).map(([name, row]) => row.kind ?? name))]

export const troublesEndedBy = (end: AlertKind<never>['endedBy']) =>
  (Object.keys(KINDS) as Trouble[]).filter((name) => KINDS[name].endedBy === end)

/** The trouble of a failed batch, by the name of its error. Of a batch that brings no news a rate is no trouble of its own. */
export function troubleOf(error: string, source: BatchSource = 'raw') {
  const name = FAILURES.find((each) => (KINDS[each] as AlertKind<BatchFacts>).errors?.includes(error)) ?? 'batch-failed'
  return name === 'quarantine-rate-halt' && !traitsOf(source).isNews ? 'batch-failed' : name
}
/** A compaction is no news about what lands: its troubles begin and end separately, and those of other batches stay as they are. */
export const stateOf = (trouble: Trouble, source: BatchSource = 'raw') => (traitsOf(source).alertsApart ? `compaction-${trouble}` : trouble)

const FAILURES = ['quarantine-rate-halt', 'quality-gate', 'batch-failed', 'partitions-not-catalogued'] as const
export type FailureTrouble = (typeof FAILURES)[number]

/** Partitions that a sentence names. */
const FOLDERS_SHOWN = 3
/** Files that a sentence names. */
const FILES_SHOWN = 5
const WHY_MISPLACED: Partial<Record<IgnoreReason, string>> = {
  'foreign-key': 'no contract has this folder',
  'unexpected-folders': "its folders are not the contract's partition_keys",
  'bad-partition-value': 'a partition value is empty, too long, or holds a quote, a slash, ".." or a control character',
  'bad-name': 'its name holds a control character',
}
const named = (names: string[], count: number) => names.slice(0, FOLDERS_SHOWN).join(', ') + (count > FOLDERS_SHOWN ? ' …' : '')
const minute = (iso: string) => `${iso.slice(0, 16).replace('T', ' ')} UTC`
function toReadAgain(trouble: StreamTrouble): string {
  if (trouble.is === 'unreadable') return 'Lambda keeps trying, and reads on where it stopped when the cause is gone.'
  if (trouble.is === 'missing') return 'Make the mapping again; docs/how-to/topics.md tells how.'
  return `To read on where it stopped: aws lambda update-event-source-mapping --uuid ${trouble.mappingId} --enabled`
}
const batchesOf = (doubled: PublicationFacts['doubled']) => [...new Set(doubled.map(({ batchId }) => batchId))]
const isBadInput = ({ failure }: BatchFacts) => failure?.Error === 'InvalidInputError'
