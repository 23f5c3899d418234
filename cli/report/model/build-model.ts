import { lostRowsFinding } from '../../../functions/domain/batch/manifest/lost-rows.ts'
import { compactionFinding, quarantineRate, topReasons } from '../../../functions/domain/batch/manifest/manifest-summary.ts'
import { missingReferencesFinding } from '../../../functions/domain/batch/manifest/missing-references.ts'
import { publishedRows } from '../../../functions/domain/batch/manifest/published-rows.ts'
import { dismissedInWords } from '../../../functions/domain/batch/record.ts'
import { traitsOf } from '../../../functions/domain/batch/source.ts'
import { NEXT_COMMANDS, sluiceCommand } from '../../../functions/domain/command/next-command.ts'
import { alertModels, type ReceivedAlert } from '../alerts/alert-model.ts'
import type { BatchFacts, DatasetFacts, ReportSource } from '../facts.ts'
import { stepsOfManifest } from '../traces/steps-of-manifest.ts'
import { costOf } from './batch-cost.ts'
import { type BatchModel, type DatasetModel, type ReasonModel, type ReportModel, VERDICTS } from './model.ts'
import { partitionsOf, valuesOf } from './partitions.ts'
import { profileModel } from './profile.ts'
import { totalsOf } from './totals.ts'
import { judge } from './verdict.ts'

/** How long what depends on the time of day (is it late?) may be out of date. */
const REJUDGED_MS = 60_000

/** As buildModel, for one who looks again and again: of facts that are the same objects as before, the same models come back. */
export function modelBuilder(source: ReportSource) {
  const known = new WeakMap<DatasetFacts, { model: DatasetModel; at: number }>()
  const build = (facts: DatasetFacts, now: Date) => {
    const before = known.get(facts)
    if (before && now.getTime() - before.at < REJUDGED_MS) return before.model
    const model = buildDataset(facts, source, now)
    known.set(facts, { model, at: now.getTime() })
    return model
  }
  return (facts: DatasetFacts[], now: Date, alerts: ReceivedAlert[] | null = null) =>
    assemble(
      facts.map((each) => build(each, now)),
      source,
      now,
      alerts,
    )
}

/** The facts as the page shows them. Datasets that need your attention come first. */
export function buildModel(facts: DatasetFacts[], source: ReportSource, now: Date, alerts: ReceivedAlert[] | null = null): ReportModel {
  return assemble(
    facts.map((each) => buildDataset(each, source, now)),
    source,
    now,
    alerts,
  )
}

function assemble(datasets: DatasetModel[], source: ReportSource, now: Date, alerts: ReceivedAlert[] | null): ReportModel {
  const urgency = ({ verdict }: DatasetModel) => VERDICTS.indexOf(verdict)
  datasets.sort((left, right) => urgency(left) - urgency(right) || (left.dataset < right.dataset ? -1 : 1))
  return { generatedAt: now.toISOString(), source, datasets, alerts: alerts && alertModels(alerts) }
}

function buildDataset(unsorted: DatasetFacts, source: ReportSource, now: Date): DatasetModel {
  const facts = { ...unsorted, batches: [...unsorted.batches].sort((left, right) => (orderOf(left) < orderOf(right) ? -1 : 1)) }
  const rules = new Map<string, { place: number; passed: number; failed: number }>()
  const batches = facts.batches.map((batch) => buildBatch(batch, rules, source))
  const { waiting } = facts
  return {
    dataset: facts.dataset,
    owner: facts.owner,
    description: facts.description,
    ...judge(facts, batches, source, now),
    showQuarantine: source.target ? sluiceCommand(NEXT_COMMANDS.showQuarantine(facts.dataset), source.target) : null,
    waiting: waiting && { files: waiting.objects.length, since: waiting.since },
    // Above 100% of its rows no batch can be: a gold dataset has no quarantine.
    limits: facts.limits && facts.limits.warnRate >= 1 ? null : facts.limits,
    totals: totalsOf(facts, batches),
    partitionKeys: facts.partitionKeys ?? Object.keys(firstValues(facts)),
    madeOf: facts.madeOf,
    partitions: partitionsOf(facts),
    columns: facts.columns,
    profile: profileModel(facts.batches),
    extracts: facts.extracts,
    preview: facts.preview,
    rules: [...rules].map(([rule, { passed, failed }]) => ({ rule, passed, failed })),
    reasons: reasonsOf(facts, batches),
    batches,
  }
}

const orderOf = ({ startedAt, batchId }: BatchFacts) => `${startedAt} ${batchId}`

function buildBatch(
  batch: BatchFacts,
  rules: Map<string, { place: number; passed: number; failed: number }>,
  { target }: ReportSource,
): BatchModel {
  const { manifest, plan, trace } = batch
  const reads = traitsOf(batch.source).countsRows ? manifest : null
  const published = reads && publishedRows(reads, { succeeded: batch.status === 'succeeded', quality: batch.quality })
  return {
    batchId: batch.batchId,
    status: batch.status,
    source: batch.source,
    startedAt: batch.startedAt,
    seconds:
      batch.closedAt === null ? null : Math.max(0, Math.round((Date.parse(batch.closedAt) - Date.parse(batch.startedAt)) / 100) / 10),
    error: batch.error ?? trace?.error ?? null,
    dismissed: batch.dismissed && dismissedInWords(batch.dismissed),
    redrive: target && batch.status === 'failed' ? sluiceCommand(NEXT_COMMANDS.redrive(batch.batchId), target) : null,
    rows: published?.rows ?? null,
    replaced: published?.replaced ?? null,
    lostRows: (reads && lostRowsFinding(reads)) ?? null,
    waiting: reads?.waiting ?? null,
    missingReferences: (reads && missingReferencesFinding(reads)) ?? null,
    compaction: (manifest && compactionFinding(manifest)) ?? null,
    quarantineRate: reads ? quarantineRate(reads) : null,
    reasons: Object.fromEntries(manifest ? topReasons(manifest) : []),
    files: manifest?.input.files ?? plan?.objects.length ?? 0,
    bytes: manifest?.input.bytes ?? plan?.objects.reduce((sum, { size }) => sum + size, 0) ?? 0,
    partitions: manifest?.partitions.length ?? 0,
    quality: qualityOf(batch, rules),
    steps: trace ? trace.steps : stepsOfManifest(batch),
    cost: costOf(batch),
    drift: manifest && isDrift(manifest.drift) ? manifest.drift : null,
    missingObjects: manifest?.missingObjects.length ?? 0,
  }
}

const isDrift = ({ missing, unknown }: { missing: object; unknown: object }) => Object.keys({ ...missing, ...unknown }).length > 0

// A rule is known by its text: its number changes when another is put before it.
function qualityOf({ quality }: BatchFacts, rules: Map<string, { place: number; passed: number; failed: number }>): BatchModel['quality'] {
  if (quality === null) return null
  const outcomes = quality.rules.map(({ name, description, outcome, message, observed }) => {
    const text = description || name
    const known = rules.get(text) ?? { place: rules.size, passed: 0, failed: 0 }
    rules.set(text, known)
    const passed = outcome === 'PASSED'
    known[passed ? 'passed' : 'failed'] += 1
    return { rule: known.place, passed, ...(!passed && { message: message ?? outcome }), ...(observed !== undefined && { observed }) }
  })
  return { passed: quality.passed, note: quality.problem ?? quality.skipped, outcomes }
}

function reasonsOf({ quarantine }: DatasetFacts, batches: BatchModel[]): ReasonModel[] {
  const reasons = new Map<string, ReasonModel>()
  const find = (reason: string) => {
    const known = reasons.get(reason) ?? { reason, rows: 0, batches: 0, files: {}, examples: [] }
    reasons.set(reason, known)
    return known
  }
  for (const batch of batches) {
    for (const [reason, rows] of Object.entries(batch.reasons)) {
      const known = find(reason)
      known.rows += rows
      known.batches += 1
    }
  }
  for (const { reason, files, examples } of quarantine?.reasons ?? []) Object.assign(find(reason), { files, examples })
  return [...reasons.values()].sort((left, right) => right.rows - left.rows || (left.reason < right.reason ? -1 : 1))
}

function firstValues({ batches, quarantine }: DatasetFacts): Record<string, string> {
  const object = batches.flatMap(({ plan }) => plan?.objects.slice(0, 1) ?? [])[0]
  return object?.partition ?? valuesOf(Object.keys(quarantine?.partitions ?? {})[0] ?? '')
}
