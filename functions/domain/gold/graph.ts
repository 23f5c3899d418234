import type { Contract } from '../contract/contract.ts'

/** Dataset → the datasets that its gold SQL reads; a dataset that is made of files reads none. */
export type SourcesOf = ReadonlyMap<string, readonly string[]>

export const sourcesOf = (contracts: Pick<Contract, 'dataset' | 'gold'>[]): SourcesOf =>
  new Map(contracts.map(({ dataset, gold }) => [dataset, Object.keys(gold?.sources ?? {})]))

/** Every dataset that the given one is made of, directly or not. */
export function upstream(dataset: string, sources: SourcesOf): Set<string> {
  const found = new Set<string>()
  const visit = (name: string) => {
    for (const source of sources.get(name) ?? []) {
      if (found.has(source)) continue
      found.add(source)
      visit(source)
    }
  }
  visit(dataset)
  return found
}

/** The datasets on a way from the given one back to itself, itself first and last; undefined when there is none. */
export function cycleThrough(dataset: string, sources: SourcesOf): string[] | undefined {
  const seen = new Set<string>()
  const walk = (name: string, way: string[]): string[] | undefined => {
    for (const source of sources.get(name) ?? []) {
      if (source === dataset) return [...way, source]
      if (seen.has(source)) continue
      seen.add(source)
      const found = walk(source, [...way, source])
      if (found) return found
    }
    return undefined
  }
  return walk(dataset, [dataset])
}

/** The gold datasets that read the given one. */
export const readersOf = (dataset: string, contracts: Contract[]): (Contract & { gold: NonNullable<Contract['gold']> })[] =>
  contracts.filter(
    (contract): contract is Contract & { gold: NonNullable<Contract['gold']> } =>
      contract.gold !== undefined && dataset in contract.gold.sources,
  )
