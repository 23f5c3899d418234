import { z } from 'zod'
import { type Batch, batchSchema } from '../../domain/batch/batch.ts'
import { type Quality, type QualityVerdict, summarizeQuality } from '../../domain/batch/quality.ts'
import { traitsOf } from '../../domain/batch/source.ts'
import { writtenMessage, writtenRule } from '../../domain/batch/staged-rules.ts'
import { qualityKey } from '../../domain/names.ts'
import type { Clock } from '../../ports/clock.ts'
import type { QualityResults, QualityRuleResult } from '../../ports/glue-jobs.ts'
import type { ObjectStore } from '../../ports/object-store.ts'
import type { StagedColumns } from '../../ports/staged-columns.ts'
import { explainFailedRules } from './explain-failed-rules.ts'

export const judgeQualityInput = z.object({
  batch: batchSchema,
  /** How many curated partitions are staged. */
  partitions: z.number().int(),
  /** See read-manifest.ts. A machine of an earlier version gives none. */
  unpublishedReferences: z.array(z.string()).optional(),
  run: z.object({
    RunId: z.string().nullish(),
    Status: z.string().nullish(),
    ResultIds: z.array(z.string()).nullish(),
    ErrorString: z.string().nullish(),
  }),
})
type JudgeQualityInput = Omit<z.input<typeof judgeQualityInput>, 'batch'> & {
  batch: Pick<Batch, 'dataset' | 'batchId' | 'source' | 'ruleset'>
}

export interface JudgeQualityDeps {
  qualityResults: QualityResults
  lake: Pick<ObjectStore, 'putText' | 'getText'>
  stagedColumns: StagedColumns
  clock: Clock
}

/**
 * Fails closed: a batch passes when its run succeeded and every rule of a non-empty result passed. A run that succeeded has
 * only been run; its rules may all have failed.
 */
export async function judgeQuality(input: JudgeQualityInput, deps: JudgeQualityDeps): Promise<QualityVerdict> {
  const { dataset, batchId } = input.batch
  const skipped = whySkipped(input)
  const found = skipped === null ? await judgeStaged(input, deps.qualityResults) : { score: null, rules: [], problem: null }
  const judged = { ...found, rules: await explainFailedRules(input.batch, found.rules, deps) }
  const quality: Quality = {
    dataset,
    batchId,
    passed: judged.problem === null && judged.rules.every((rule) => rule.outcome === 'PASSED'),
    skipped,
    ...judged,
    runId: input.run.RunId ?? null,
    resultIds: input.run.ResultIds ?? [],
    judgedAt: deps.clock.now().toISOString(),
  }
  await deps.lake.putText(qualityKey(dataset, batchId), JSON.stringify(quality, null, 1))
  return summarizeQuality(quality)
}

function whySkipped({ batch, partitions }: JudgeQualityInput): Quality['skipped'] {
  if (!traitsOf(batch.source).judged) return 'same-rows'
  if (batch.ruleset === null) return 'no-ruleset'
  return partitions === 0 ? 'nothing-staged' : null
}

type Judgement = Pick<Quality, 'score' | 'rules' | 'problem'>

const refused = (problem: string): Judgement => ({ score: null, rules: [], problem })

async function judgeStaged({ run, unpublishedReferences = [] }: JudgeQualityInput, qualityResults: QualityResults): Promise<Judgement> {
  if (unpublishedReferences.length === 0) return judgeRun(run, qualityResults)
  const names = unpublishedReferences.join(', ')
  return refused(
    `the rules refer to datasets that have no table yet: ${names}. An Iceberg table comes with its first batch; redrive this one then`,
  )
}

async function judgeRun(run: JudgeQualityInput['run'], qualityResults: QualityResults): Promise<Judgement> {
  const resultIds = run.ResultIds ?? []
  if (run.Status !== 'SUCCEEDED') {
    return refused(`the quality run ${run.RunId ?? ''} ended as ${run.Status ?? 'unknown'}${run.ErrorString ? `: ${run.ErrorString}` : ''}`)
  }
  if (resultIds.length === 0) return refused('the quality run left no result')
  const rules: Quality['rules'] = []
  const scores: number[] = []
  for (const resultId of resultIds) {
    const result = await qualityResults.find(resultId)
    if (!result) return refused(`the quality result ${resultId} is missing`)
    if (result.rules.length === 0) return refused(`the quality result ${resultId} holds no rule`)
    rules.push(...result.rules.map(judgeRule))
    if (result.score !== undefined) scores.push(result.score)
  }
  // Several results: the worst counts.
  return { score: scores.length > 0 ? Math.min(...scores) : null, rules, problem: null }
}

function judgeRule({ name, description, result, message, metrics = {} }: QualityRuleResult): Quality['rules'][number] {
  const outcome = result === 'PASS' ? 'PASSED' : result === 'FAIL' ? 'FAILED' : 'ERROR'
  return {
    name,
    description: writtenRule(description),
    outcome,
    message: writtenMessage(description, message ?? null),
    ...observedIn(description, metrics),
  }
}

// The staged table has a column more than the contract's (domain/batch/staged-rules.ts).
function observedIn(description: string, metrics: Record<string, number>): { observed?: number } {
  const [observed, ...more] = Object.values(metrics)
  if (observed === undefined || more.length > 0 || !Number.isFinite(observed)) return {}
  return { observed: /^\s*ColumnCount\b/.test(description) ? observed - 1 : observed }
}
