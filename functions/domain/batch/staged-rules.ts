/**
 * A contract's rules are about its table, but Glue judges them on the staged table, which has one column more: the partition key
 * `batch_id`. Rules about all columns are rewritten for it before they are judged, and reported as the contract has them.
 */
const COUNT = /\bColumnCount\s+(?:(?:not\s+)?(?:between\s+\d+\s+and\s+\d+|in\s*\[[^\]]*\])|(?:[<>!]=?|=)\s*\d+)/g
const PATTERN = /\b(ColumnNamesMatchPattern\s+)"((?:[^"\\]|\\.)*)"/g
const STAGED_PATTERN = /\b(ColumnNamesMatchPattern\s+)"\(\?:((?:[^"\\]|\\.)*)\)\|batch_id"/g

/** The DQDL as it is judged on the staged table. */
export const stagedRules = (dqdl: string): string =>
  outsideTexts(dqdl, (part) => shifted(part, 1)).replaceAll(PATTERN, '$1"(?:$2)|batch_id"')

/** A rule of the staged table as its contract has it. */
export const writtenRule = (rule: string): string => outsideTexts(rule, (part) => shifted(part, -1)).replaceAll(STAGED_PATTERN, '$1"$2"')

/** The result of such a rule, with the value that its contract means. */
export function writtenMessage(rule: string, message: string | null): string | null {
  if (message === null || !/^\s*ColumnCount\b/.test(rule)) return message
  return message.replace(/\bValue: (\d+)(\.0+)?/, (_, value: string, fraction = '') => `Value: ${Number(value) - 1}${fraction}`)
}

const shifted = (part: string, by: number) =>
  part.replaceAll(COUNT, (rule) => rule.replaceAll(/\d+/g, (number) => String(Number(number) + by)))

/** Texts in quotes are SQL, patterns and names: nothing in them is a rule. */
function outsideTexts(dqdl: string, change: (part: string) => string): string {
  return dqdl.replaceAll(/"(?:[^"\\]|\\.)*"|[^"]+/g, (part) => (part.startsWith('"') ? part : change(part)))
}
