import { readFailure } from '../batch/failure.ts'
import { driftFinding, percent, quarantineRate, topReasons } from '../batch/manifest/manifest-summary.ts'
import { publishedRows } from '../batch/manifest/published-rows.ts'
import type { Alert } from './alert.ts'
import { consoleLinks } from './console-links.ts'
import type { BatchFacts } from './facts.ts'

/** Rows that an alert names, by their keys. */
const EXAMPLES_SHOWN = 5
const RULES_SHOWN = 10

/** What each alert about a batch has, whatever its kind. */
export function batchDetails({ batch, manifest, quality, failure }: BatchFacts | Omit<BatchFacts, 'dataset' | 'target'>): Partial<Alert> {
  const readable = failure && readFailure(failure)
  const { jobName, jobRunId } = readable ?? {}
  const published = manifest && publishedRows(manifest, { succeeded: !failure, quality })
  const drift = manifest && driftFinding(manifest, { unknownNames: false })
  return {
    ...(batch.owner && { owner: batch.owner }),
    batchId: batch.batchId,
    ...(manifest &&
      published && {
        rows: published.rows,
        ...(published.replaced !== null && { replaced: published.replaced }),
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

export function rateMessage({ dataset, batch, manifest }: BatchFacts, name: string, limit = 0, fate: string): string {
  const observed = manifest ? `${percent(quarantineRate(manifest))} of rows were quarantined` : 'too many rows were quarantined'
  return `${dataset}: ${observed}, above ${name} ${percent(limit)}; batch ${batch.batchId} ${fate}`
}

export function rateDetails(facts: BatchFacts, limit = 0): Partial<Alert> {
  const { manifest } = facts
  if (!manifest) return batchDetails(facts)
  const rate = quarantineRate(manifest)
  return {
    ...batchDetails(facts),
    observed: { rate, limit, observed: `${percent(rate)} > ${percent(limit)}`, quarantined: manifest.rows.quarantined },
  }
}

export function qualityDetails(facts: BatchFacts): Partial<Alert> {
  const { quality } = facts
  const failed = (quality?.rules ?? []).filter((rule) => rule.outcome !== 'PASSED')
  return {
    ...batchDetails(facts),
    observed: { rulesFailed: failed.length, ...(quality?.score != null && { score: quality.score, limit: 1 }) },
    ...(quality?.runId && { qualityRun: { runId: quality.runId, resultIds: quality.resultIds } }),
    failedRules: failed
      .slice(0, RULES_SHOWN)
      .map(({ name, description, message, outcome }) => ({ rule: description || name, message: message ?? outcome })),
  }
}
