import type { ContractDraft } from '../draft.ts'
import type { Say } from './problem.ts'

/** What `delete_when` needs: an order that tells whether a removal or another row of the key is newer. */
export function checkDeletes({ deleteWhen, latestBy, partitionBy }: ContractDraft, say: Say): void {
  if (deleteWhen === undefined) return
  if (latestBy.length === 0)
    say(['delete_when'], 'needs latest_by: without it, nothing tells whether the removal of a key or another of its rows is newer')
  const partitions = new Set(partitionBy.map(({ name }) => name))
  for (const { name, index } of latestBy) {
    if (partitions.has(name))
      say(['latest_by', index], `"${name}" is a partition column, which a row that removes its key need not have; order by another column`)
  }
}
