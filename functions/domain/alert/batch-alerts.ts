import type { Batch } from '../batch/batch.ts'
import { type Failure, readFailure } from '../batch/failure.ts'
import type { Manifest } from '../batch/manifest.ts'
import { driftFinding, percent, quarantineRate, topReasons } from '../batch/manifest-summary.ts'
import type { Quality } from '../batch/quality.ts'
import type { Alert } from './alerts.ts'
import { consoleLinks } from './console-links.ts'
import { sluiceCommand } from './next-command.ts'

/** What raise-alert knows of a batch; one that failed early knows little. */
export type AlertedBatch = Pick<Batch, 'dataset' | 'batchId' | 'execution'> &
  Partial<Pick<Batch, 'owner' | 'source' | 'planUri' | 'database' | 'tables' | 'warnRate' | 'haltRate'>>

/** Rows that an alert names, by their keys. */
const EXAMPLES_SHOWN = 5

export interface BatchFacts {
  batch: AlertedBatch
  manifest?: Manifest
  quality?: Quality
  failure?: Failure
}

/** More rows than warn_rate were set aside; the batch goes on. */
export function warnOfQuarantineRate(facts: BatchFacts): Alert {
  return { ...common(facts), kind: 'quarantine-rate', severity: 'warning', message: rateSentence(facts, false), next: inspect(facts.batch) }
}

/** More rows than halt_rate were set aside; nothing was published. */
export function haltForQuarantineRate(facts: BatchFacts): Alert {
  const next = [...inspect(facts.batch), ...retry(facts.batch, 'with the contract or the files put right')]
  return { ...common(facts), kind: 'quarantine-rate', severity: 'critical', message: rateSentence(facts, true), next }
}

export function failQualityGate(facts: BatchFacts): Alert {
  const { batch, quality } = facts
  const failed = (quality?.rules ?? []).filter((rule) => rule.outcome !== 'PASSED')
  const why = quality?.problem ?? `${failed.length} of ${quality?.rules.length ?? 0} rules did not pass`
  return {
    ...common(facts),
    kind: 'quality-gate',
    severity: 'critical',
    message: `${batch.dataset}: ${why}; batch ${batch.batchId} was stopped before publishing`,
    observed: { rulesFailed: failed.length, ...(quality?.score != null && { score: quality.score, limit: 1 }) },
    ...(quality?.runId && { qualityRun: { runId: quality.runId, resultIds: quality.resultIds } }),
    failedRules: failed.slice(0, 10).map((rule) => ({ rule: rule.description || rule.name, message: rule.message ?? rule.outcome })),
    next: [
      ...(batch.planUri ? [`aws s3 cp ${batch.planUri.slice(0, batch.planUri.lastIndexOf('/') + 1)}quality.json -   # every rule`] : []),
      ...retry(batch, 'with the rules or the files put right'),
    ],
  }
}

export function failBatch(facts: BatchFacts): Alert {
  const { batch, failure = { Error: 'unknown' } } = facts
  const { error, message } = readFailure(failure)
  const badInput = failure.Error === 'InvalidInputError'
  return {
    ...common(facts),
    kind: 'batch-failed',
    severity: 'critical',
    message: `${batch.dataset}: batch ${batch.batchId} failed with ${error}: ${message}`,
    next: badInput
      ? ['Start the execution again with the input put right; as it stands it fails every time.']
      : retry(batch, 'when the cause is gone'),
  }
}

export function failCrawl(facts: BatchFacts): Alert {
  const { batch, failure = { Error: 'CrawlFailedError' } } = facts
  return {
    ...common(facts),
    kind: 'crawl-failed',
    severity: 'critical',
    message: `${batch.dataset}: batch ${batch.batchId} is published, but the catalog may not show all of it: ${readFailure(failure).message}`,
    next: retry(batch, 'publishing again changes nothing'),
  }
}

/** A batch passed where an alert stood. */
export function reportRecovery(facts: BatchFacts, recovered: string[]): Alert {
  const { batch } = facts
  return {
    ...common(facts),
    kind: 'recovered',
    severity: 'info',
    message: `${batch.dataset}: batch ${batch.batchId} succeeded; over: ${recovered.join(', ')}`,
    observed: { recovered: recovered.join(',') },
    next: [sluiceCommand(batch.execution.id, 'status', batch.dataset)],
  }
}

function common({ batch, manifest, failure }: BatchFacts): Omit<Alert, 'kind' | 'severity' | 'message' | 'next'> {
  const readable = failure && readFailure(failure)
  const { jobName, jobRunId } = readable ?? {}
  const drift = manifest && driftFinding(manifest, { unknownNames: false })
  return {
    dataset: batch.dataset,
    ...(batch.owner && { owner: batch.owner }),
    batchId: batch.batchId,
    ...(manifest && {
      rows: manifest.rows,
      ...(drift && { drift }),
      reasons: topReasons(manifest),
      quarantineFiles: manifest.quarantine.files.map((file) => file.key),
      examples: (manifest.quarantine.examples ?? []).slice(0, EXAMPLES_SHOWN),
    }),
    ...(readable && { failure: readable }),
    links: consoleLinks({
      executionArn: batch.execution.id,
      ...(jobName && jobRunId && { jobName, jobRunId }),
      ...(batch.database && batch.tables && { database: batch.database, table: batch.tables.staged }),
    }),
  }
}

function rateSentence({ batch, manifest }: BatchFacts, halted: boolean): string {
  const limit = (halted ? batch.haltRate : batch.warnRate) ?? 0
  const observed = manifest ? `${percent(quarantineRate(manifest))} of rows quarantined` : 'too many rows quarantined'
  const name = halted ? 'halt_rate' : 'warn_rate'
  return `${batch.dataset}: ${observed}, above ${name} ${percent(limit)}; batch ${batch.batchId} ${halted ? 'was stopped before publishing' : 'goes on'}`
}

const inspect = ({ dataset, execution }: AlertedBatch) => [sluiceCommand(execution.id, 'quarantine show', dataset)]
const retry = ({ batchId, execution }: AlertedBatch, when: string) => [`${sluiceCommand(execution.id, 'redrive', batchId)}   # ${when}`]
