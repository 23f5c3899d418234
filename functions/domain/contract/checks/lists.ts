import type { ContractDraft, Listed } from '../draft.ts'
import { IDENTIFIER } from '../names.ts'
import type { Say } from './problem.ts'
import { didYouMean } from './suggest.ts'

/** Lists of columns name columns that are there, each once. */
export function checkLists(draft: ContractDraft, say: Say): void {
  if (!draft.columns) return
  const known = new Set([...draft.columns.keys(), ...draft.derive.keys()])
  const partitionKeys = draft.partitionKeys.map((key) => key.name)
  const requireKnown = (listed: Listed[], path: string[], also: string[] = []) => {
    for (const { name, index } of listed) {
      if (known.has(name) || also.includes(name) || !IDENTIFIER.test(name)) continue
      const hint = partitionKeys.includes(name)
        ? '; to use the partition key, add a derived column that names it'
        : didYouMean(name, [...known, ...also])
      say([...path, index], `names column "${name}", which is neither in columns nor in derive${hint}`)
    }
    sayTwice(listed, path, say)
  }
  requireKnown(draft.primaryKey, ['primary_key'])
  requireKnown(draft.latestBy, ['latest_by'])
  requireKnown(draft.partitionBy, ['curated', 'partition_by'], partitionKeys)
  const partitionBy = new Set(draft.partitionBy.map((entry) => entry.name))
  if (known.size > 0 && [...known].every((name) => partitionBy.has(name))) {
    say(['curated', 'partition_by'], 'leaves no column in the files; at least one must not be a partition column')
  }
}

export function sayTwice(listed: Listed[], path: string[], say: Say): void {
  const seen = new Set<string>()
  for (const { name, index } of listed) {
    if (seen.has(name)) say([...path, index], `names "${name}" twice`)
    seen.add(name)
  }
}
