/** What a failed rule asks of the values of single rows; of other rules (means, counts, SQL) no row is at fault. */
export type RowRule =
  /** `breaks`: whether a value, which is not NULL, is at fault for certain. */
  | { kind: 'values'; columns: [string]; breaks: (value: string | number) => boolean }
  | { kind: 'complete'; columns: [string] }
  | { kind: 'unique'; columns: string[] }

const NAME = '"((?:[^"\\\\]|\\\\.)+)"'
const THRESHOLD = '(?:\\s+with\\s+threshold\\b.*)?'
const NUMBER = '(-?\\d+(?:\\.\\d+)?)'
const COLUMN_VALUES = new RegExp(`^ColumnValues\\s+${NAME}\\s+(.*?)${THRESHOLD}$`, 's')
const IN = /^(not\s+)?in\s*\[(.*)\]$/s
const BETWEEN = new RegExp(`^between\\s+${NUMBER}\\s+and\\s+${NUMBER}$`)
const COMPARISON = new RegExp(`^(>=|<=|>|<)\\s*${NUMBER}$`)
const COMPLETE = new RegExp(`^(?:IsComplete\\s+${NAME}|Completeness\\s+${NAME}\\s.*)$`, 's')
const UNIQUE = new RegExp(`^(?:IsUnique|IsPrimaryKey)((?:\\s+${NAME})+)${THRESHOLD}$`, 's')

/** Undefined where the rule is of another kind. DQDL: docs.aws.amazon.com/glue/latest/dg/dqdl-rule-types.html */
export function rowRule(dqdl: string): RowRule | undefined {
  const rule = dqdl.trim()
  const values = COLUMN_VALUES.exec(rule)
  if (values) {
    const breaks = conditionOf(values[2]?.trim() ?? '')
    return breaks && { kind: 'values', columns: [unescaped(values[1] ?? '')], breaks }
  }
  const complete = COMPLETE.exec(rule)
  if (complete) return { kind: 'complete', columns: [unescaped(complete[1] ?? complete[2] ?? '')] }
  const unique = UNIQUE.exec(rule)
  if (unique)
    return { kind: 'unique', columns: [...(unique[1] ?? '').matchAll(new RegExp(NAME, 'g'))].map(([, name = '']) => unescaped(name)) }
  return undefined
}

function conditionOf(condition: string): ((value: string | number) => boolean) | undefined {
  const [, not, list] = IN.exec(condition) ?? []
  if (list !== undefined) {
    const listed = membersOf(list)
    return listed && ((value) => listed.has(String(value)) === (not !== undefined))
  }
  const between = BETWEEN.exec(condition)
  // Whether the bounds belong to it depends on the engine: a value that is one of them is never named.
  if (between) return (value) => Number(value) < Number(between[1]) || Number(value) > Number(between[2])
  const [, sign, text] = COMPARISON.exec(condition) ?? []
  const limit = Number(text)
  if (sign === '>') return (value) => Number(value) <= limit
  if (sign === '>=') return (value) => Number(value) < limit
  if (sign === '<') return (value) => Number(value) >= limit
  if (sign === '<=') return (value) => Number(value) > limit
  return undefined
}

/** Texts and numbers; undefined when the list has anything else. */
function membersOf(list: string): Set<string> | undefined {
  const member = new RegExp(`\\s*(?:${NAME}|${NUMBER})\\s*(?:,|$)`, 'y')
  const found = new Set<string>()
  while (member.lastIndex < list.length) {
    const match = member.exec(list)
    if (!match) return undefined
    found.add(match[1] === undefined ? String(Number(match[2])) : unescaped(match[1]))
    if (member.lastIndex === 0) return undefined
  }
  return found
}

const unescaped = (text: string) => text.replaceAll(/\\(.)/gs, '$1')
