import { type Contract, hiddenColumns } from '../../../functions/domain/contract/contract.ts'
import { namesIn } from '../../../functions/domain/lineage/columns.ts'
import type { BatchFacts } from '../facts.ts'

/** Gold dataset → column → source and column of each column that it is made of; without a dataset whose query Spark could not explain. */
export type GoldColumns = Record<string, Record<string, [string, string][]>>

/** By the newest batch that tells. */
export function goldColumns(batches: Map<string, BatchFacts[]>): GoldColumns {
  const found: GoldColumns = {}
  for (const [dataset, every] of batches) {
    const newest = every.toSorted((left, right) => (left.startedAt < right.startedAt ? 1 : -1))
    const columns = newest.find(({ manifest }) => manifest?.gold?.columns)?.manifest?.gold?.columns
    if (columns) found[dataset] = columns
  }
  return found
}

/**
 * Columns of a table whose values no row of a report shows: those that are sensitive, keys that alerts may not name, and what is made of either, by
 * `derive` or by a gold query. Of a gold query that Spark could not explain it is every column, if one of a source is.
 */
export function sensitiveColumns(contract: Contract, contracts: Contract[], gold: GoldColumns): Set<string> {
  if (contract.gold) return sensitiveInGold(contract, contracts, gold)
  const { columns, derive } = contract
  const found = new Set([...hiddenColumns(contract), ...Object.keys(columns).filter((name) => columns[name]?.sensitive)])
  const lower = () => new Set([...found].map((name) => name.toLowerCase()))
  // A derived column may name one that is derived from a sensitive one.
  for (let before = -1; before !== found.size; ) {
    before = found.size
    for (const [name, sql] of Object.entries(derive)) if ([...namesIn(sql)].some((each) => lower().has(each))) found.add(name)
  }
  return found
}

function sensitiveInGold(contract: Contract, contracts: Contract[], gold: GoldColumns): Set<string> {
  const sources = Object.keys(contract.gold?.sources ?? {})
  const hidden = new Map(
    sources.map((source) => {
      const known = contracts.find(({ dataset }) => dataset === source)
      return [source, known ? sensitiveColumns(known, contracts, gold) : new Set<string>()]
    }),
  )
  const madeOf = gold[contract.dataset]
  const names = Object.keys(contract.columns)
  if (madeOf === undefined) return new Set([...hidden.values()].some(({ size }) => size > 0) ? names : [])
  return new Set(names.filter((name) => (madeOf[name] ?? []).some(([source, column]) => hidden.get(source)?.has(column))))
}
