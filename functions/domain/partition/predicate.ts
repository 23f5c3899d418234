import { IDENTIFIER } from '../contract/names.ts'
import { InvalidInputError } from '../errors.ts'
import { isSafePartitionValue } from './partition.ts'

/** GetPartitions takes an expression of at most 2,048 characters. */
export const PREDICATE_LIMIT = 2048

/**
 * Pushdown predicates that select exactly these partitions, as few as fit. Raw partition keys are strings in the catalog, so
 * every value is quoted. No partition keys: no predicate, which means everything.
 * @throws InvalidInputError for a name or value that could mean something else than itself
 */
export function predicatesFor(partitionKeys: readonly string[], partitions: Iterable<Record<string, string>>): string[] {
  const last = partitionKeys.at(-1)
  if (last === undefined) return []
  const groups = groupByFirstKeys(partitionKeys, partitions)
  const clauses = [...groups]
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .flatMap(([head, values]) => inClauses(head, last, [...values].sort()))
  return packed(clauses)
}

// (a = 'x' AND b = 'y') → the values of the last key that go with it.
function groupByFirstKeys(partitionKeys: readonly string[], partitions: Iterable<Record<string, string>>): Map<string, Set<string>> {
  const groups = new Map<string, Set<string>>()
  const last = partitionKeys.at(-1) ?? ''
  for (const partition of partitions) {
    const head = partitionKeys.slice(0, -1).map((key) => `${checkedName(key)} = ${quoted(partition[key])}`)
    const text = head.join(' AND ')
    const values = groups.get(text) ?? new Set()
    groups.set(text, values.add(quoted(partition[last])))
  }
  return groups
}

// One clause a group, more when its values do not fit one expression.
function inClauses(head: string, key: string, values: string[]): string[] {
  const clause = (some: string[]) => {
    const test = some.length === 1 ? `${checkedName(key)} = ${some[0]}` : `${checkedName(key)} IN (${some.join(', ')})`
    return head === '' ? test : `(${head} AND ${test})`
  }
  const clauses: string[] = []
  let pending: string[] = []
  for (const value of values) {
    if (pending.length > 0 && clause([...pending, value]).length > PREDICATE_LIMIT) {
      clauses.push(clause(pending))
      pending = []
    }
    pending.push(value)
  }
  if (pending.length > 0) clauses.push(clause(pending))
  return clauses
}

function packed(clauses: string[]): string[] {
  const predicates: string[] = []
  for (const clause of clauses) {
    if (clause.length > PREDICATE_LIMIT) throw new InvalidInputError(`one partition needs a predicate of ${clause.length} characters`)
    const joined = `${predicates.at(-1)} OR ${clause}`
    if (predicates.length > 0 && joined.length <= PREDICATE_LIMIT) predicates[predicates.length - 1] = joined
    else predicates.push(clause)
  }
  return predicates
}

function checkedName(name: string): string {
  if (!IDENTIFIER.test(name)) throw new InvalidInputError('a partition key is not a plain name')
  return name
}

function quoted(value: string | undefined): string {
  if (value === undefined || !isSafePartitionValue(value))
    throw new InvalidInputError('a partition value is missing or holds what a predicate must not')
  return `'${value}'`
}
