import type { ContractDraft, Listed } from '../draft.ts'
import type { Say } from './problem.ts'

/** Lists of columns that must be compared, and the types that cannot be. */
const MUST_COMPARE = [
  {
    path: ['primary_key'],
    of: (draft: ContractDraft) => draft.primaryKey,
    cannot: /^array\b|\bmap\b/i,
    why: 'which is no key; use columns of simple types, or derive one from it',
  },
  {
    path: ['latest_by'],
    of: (draft: ContractDraft) => draft.latestBy,
    cannot: /^array\b|\bmap\b/i,
    why: 'which has no order; derive a date, a time or a number from it',
  },
  {
    path: ['curated', 'partition_by'],
    of: (draft: ContractDraft) => draft.partitionBy,
    cannot: /^(array|struct|binary)\b|\bmap\b/i,
    why: 'which cannot name a folder; derive a column of a simple type from it',
  },
]

/**
 * Keys, orders and partitions are of types that can be compared.
 * @param derived types of derived columns, once Spark has found them
 */
export function checkOrder(draft: ContractDraft, say: Say, derived: Record<string, string> = {}): void {
  const typeOf = ({ name }: Listed) => draft.columns?.get(name)?.type ?? derived[name]
  for (const { path, of, cannot, why } of MUST_COMPARE) {
    for (const entry of of(draft)) {
      const type = typeOf(entry)?.trim()
      if (type && cannot.test(type)) say([...path, entry.index], `"${entry.name}" is of type ${type}, ${why}`)
    }
  }
}
