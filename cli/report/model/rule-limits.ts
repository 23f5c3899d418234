const NUMBER = '(-?\\d+(?:\\.\\d+)?)'
const SHARE_RULES = /^(Completeness|Uniqueness|UniqueValueRatio|ReferentialIntegrity|DatasetMatch|SchemaMatch)\b/
/** Of these the engine measures the share of rows that keep the condition, and all must. */
const ALL_ROWS = /^(ColumnValues|IsComplete|IsUnique|IsPrimaryKey)\b/

/**
 * The limits of a rule's observed value: `Completeness "x" > 0.95` has 0.95. Empty where the rule has none that is a number.
 * Rule types: docs.aws.amazon.com/glue/latest/dg/dqdl-rule-types.html
 */
export function ruleLimits(rule: string): number[] {
  const text = rule.trim()
  const threshold = new RegExp(`\\bwith\\s+threshold\\s*[<>=!]+\\s*${NUMBER}\\s*$`).exec(text)
  if (threshold) return [Number(threshold[1])]
  if (ALL_ROWS.test(text)) return [1]
  const between = new RegExp(`\\bbetween\\s+${NUMBER}\\s+and\\s+${NUMBER}\\s*$`).exec(text)
  if (between) return [Number(between[1]), Number(between[2])]
  const comparison = new RegExp(`[<>=]\\s*${NUMBER}\\s*$`).exec(text)
  return comparison ? [Number(comparison[1])] : []
}

/** Whether its observed value is a share, from 0 to 1. */
export const observesShare = (rule: string) =>
  SHARE_RULES.test(rule.trim()) || ALL_ROWS.test(rule.trim()) || /\bwith\s+threshold\b/.test(rule)
