import type { Literal, Predicate } from './predicate-tree.ts'

/** The predicate in the catalog's own syntax. Raw partition keys are strings there, so every literal is one. */
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
      // BETWEEN has its brackets already.
      return predicate.operand.kind === 'between'
        ? `NOT ${renderPredicate(predicate.operand)}`
        : `NOT (${renderPredicate(predicate.operand)})`
    default:
      return predicate.operands.map(bracketed).join(predicate.kind === 'and' ? ' AND ' : ' OR ')
  }
}

const quote = (value: Literal) => `'${String(value).replaceAll("'", "''")}'`

// As few brackets as predicatesFor writes: what it makes of 2,048 characters must not be longer when it is read and written again.
const bracketed = (operand: Predicate) =>
  operand.kind === 'and' || operand.kind === 'or' ? `(${renderPredicate(operand)})` : renderPredicate(operand)

/** Levels of AND, OR and NOT above a comparison, as it is rendered: BETWEEN is an AND of two. */
export function depthOf(predicate: Predicate): number {
  switch (predicate.kind) {
    case 'not':
      return 1 + depthOf(predicate.operand)
    case 'and':
    case 'or':
      return 1 + Math.max(...predicate.operands.map(depthOf))
    default:
      return predicate.kind === 'between' ? 1 : 0
  }
}
