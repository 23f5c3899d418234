import type { Literal, Predicate } from './predicate-parser.ts'

/** The predicate in the catalog's own syntax. Raw partition keys are strings there, hence every literal is one. */
export function renderPredicate(predicate: Predicate): string {
  switch (predicate.kind) {
    case 'compare':
      return `${predicate.key} ${predicate.operator} ${quote(predicate.value)}`
    case 'in':
      return `${predicate.key} IN (${predicate.values.map(quote).join(', ')})`
    case 'between':
      return `(${predicate.key} >= ${quote(predicate.low)} AND ${predicate.key} <= ${quote(predicate.high)})`
    case 'like':
      return `${predicate.key} LIKE ${quote(predicate.pattern)}`
    case 'not':
      return `NOT (${renderPredicate(predicate.operand)})`
    default:
      return predicate.operands.map((operand) => `(${renderPredicate(operand)})`).join(predicate.kind === 'and' ? ' AND ' : ' OR ')
  }
}
const quote = (value: Literal) => `'${String(value).replaceAll("'", "''")}'`

/**
 * Whether the catalog's own comparison of strings could answer otherwise than the person means: a number against a partition
 * value ('10' < '5' as text, '05' is not '5').
 */
export function comparesNumbers(predicate: Predicate): boolean {
  switch (predicate.kind) {
    case 'compare':
      return typeof predicate.value === 'number'
    case 'in':
      return predicate.values.some((value) => typeof value === 'number')
    case 'between':
      return typeof predicate.low === 'number' || typeof predicate.high === 'number'
    case 'like':
      return false
    case 'not':
      return comparesNumbers(predicate.operand)
    default:
      return predicate.operands.some(comparesNumbers)
  }
}

/** Whether a partition is selected: text is compared as text, a number with the number that the value spells. */
export function selects(predicate: Predicate, partition: Record<string, string>): boolean {
  switch (predicate.kind) {
    case 'compare': {
      const order = compare(partition[predicate.key], predicate.value)
      return order !== undefined && OPERATORS[predicate.operator](order)
    }
    case 'in':
      return predicate.values.some((value) => compare(partition[predicate.key], value) === 0)
    case 'between': {
      const low = compare(partition[predicate.key], predicate.low)
      const high = compare(partition[predicate.key], predicate.high)
      return low !== undefined && high !== undefined && low >= 0 && high <= 0
    }
    case 'like':
      return likePattern(predicate.pattern).test(partition[predicate.key] ?? '')
    case 'not':
      return !selects(predicate.operand, partition)
    case 'and':
      return predicate.operands.every((operand) => selects(operand, partition))
    case 'or':
      return predicate.operands.some((operand) => selects(operand, partition))
  }
}

const OPERATORS: Record<'=' | '<>' | '<' | '<=' | '>' | '>=', (order: number) => boolean> = {
  '=': (order) => order === 0,
  '<>': (order) => order !== 0,
  '<': (order) => order < 0,
  '<=': (order) => order <= 0,
  '>': (order) => order > 0,
  '>=': (order) => order >= 0,
}

/** Undefined where a number meets a value that spells none: neither less, equal nor greater. */
function compare(value: string | undefined, literal: Literal): number | undefined {
  if (value === undefined) return undefined
  if (typeof literal === 'string') return value < literal ? -1 : value > literal ? 1 : 0
  const spelled = value.trim() === '' ? Number.NaN : Number(value)
  return Number.isNaN(spelled) ? undefined : Math.sign(spelled - literal)
}

function likePattern(pattern: string): RegExp {
  const source = [...pattern].map((char) => (char === '%' ? '.*' : char === '_' ? '.' : char.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')))
  return new RegExp(`^${source.join('')}$`, 's')
}
