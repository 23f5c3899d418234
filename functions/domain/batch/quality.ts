import { z } from 'zod'

/** `runs/<dataset>/<batch_id>/quality.json`: how the batch was judged, rule by rule. */
export const qualitySchema = z.object({
  dataset: z.string(),
  batchId: z.string(),
  passed: z.boolean(),
  /** Why there was nothing to judge: no rules, nothing staged, or a compaction's rows, which were judged when they were published. */
  skipped: z.enum(['no-ruleset', 'nothing-staged', 'same-rows']).nullable(),
  score: z.number().nullable(),
  rules: z.array(
    z.object({
      name: z.string(),
      description: z.string(),
      outcome: z.enum(['PASSED', 'FAILED', 'ERROR']),
      message: z.string().nullable(),
      /** The value that the rule was judged by, where the engine gives exactly one. */
      observed: z.number().optional(),
    }),
  ),
  /** Why the batch did not pass although no rule failed: the run failed, or left no result. */
  problem: z.string().nullable(),
  runId: z.string().nullable(),
  resultIds: z.array(z.string()),
  judgedAt: z.string(),
})
export type Quality = z.infer<typeof qualitySchema>

/** What the state machine, the execution's output and the metrics hold of it. */
export const qualityVerdictSchema = z.object({
  passed: z.boolean(),
  skipped: z.string().nullable(),
  score: z.number().nullable(),
  rulesPassed: z.number().int(),
  rulesFailed: z.number().int(),
  finding: z.string(),
})
export type QualityVerdict = z.infer<typeof qualityVerdictSchema>

export function summarizeQuality(quality: Quality): QualityVerdict {
  const failed = quality.rules.filter((rule) => rule.outcome !== 'PASSED')
  const named = failed.slice(0, 5).map((rule) => `${rule.description || rule.name}: ${rule.message ?? rule.outcome}`)
  return {
    passed: quality.passed,
    skipped: quality.skipped,
    score: quality.score,
    rulesPassed: quality.rules.length - failed.length,
    rulesFailed: failed.length,
    finding: quality.skipped ?? quality.problem ?? (failed.length === 0 ? 'every rule passed' : named.join('; ')),
  }
}
