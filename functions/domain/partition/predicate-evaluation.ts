import { matchesWildcards } from '../wildcards.ts'
import type { Literal, Operator, Predicate } from './predicate-tree.ts'

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
export const selects = (predicate: Predicate, partition: Record<string, string>): boolean => truth(predicate, partition) === true

/** True, false or, as SQL's NULL, undefined: a value is missing, or a number meets a value that spells none. NOT of it is undefined too. */
type Truth = boolean | undefined

function truth(predicate: Predicate, partition: Record<string, string>): Truth {
  switch (predicate.kind) {
    case 'compare':
      return compare(partition[predicate.key], predicate.operator, predicate.value)
    case 'in':
      return any(predicate.values.map((value) => compare(partition[predicate.key], '=', value)))
    case 'between':
      return all([compare(partition[predicate.key], '>=', predicate.low), compare(partition[predicate.key], '<=', predicate.high)])
    case 'like': {
      const value = partition[predicate.key]
      return value === undefined ? undefined : matchesWildcards(LIKE, predicate.pattern, value)
    }
    case 'not':
      return not(truth(predicate.operand, partition))
    case 'and':
      return all(predicate.operands.map((operand) => truth(operand, partition)))
    case 'or':
      return any(predicate.operands.map((operand) => truth(operand, partition)))
  }
}

const LIKE = { one: '_', many: '%' }
const not = (value: Truth): Truth => (value === undefined ? undefined : !value)
const all = (values: Truth[]): Truth => (values.includes(false) ? false : values.includes(undefined) ? undefined : true)
const any = (values: Truth[]): Truth => not(all(values.map(not)))

const OPERATORS: Record<Operator, (order: number) => boolean> = {
  '=': (order) => order === 0,
  '<>': (order) => order !== 0,
  '<': (order) => order < 0,
  '<=': (order) => order <= 0,
  '>': (order) => order > 0,
  '>=': (order) => order >= 0,
}
const NUMBER = /^[+-]?\d+(\.\d+)?$/

function compare(value: string | undefined, operator: Operator, literal: Literal): Truth {
  if (value === undefined) return undefined
  if (typeof literal === 'string') return OPERATORS[operator](compareText(value, literal))
  return NUMBER.test(value) ? OPERATORS[operator](Math.sign(Number(value) - literal)) : undefined
}

/** By code point, as UTF-8 bytes are ordered in Spark and in databases; JavaScript's own order is that of UTF-16. */
function compareText(left: string, right: string): number {
  const [some, others] = [[...left], [...right]]
  for (let index = 0; index < Math.min(some.length, others.length); index += 1) {
    const order = (some[index]?.codePointAt(0) ?? 0) - (others[index]?.codePointAt(0) ?? 0)
    if (order !== 0) return order
  }
  return some.length - others.length
}
