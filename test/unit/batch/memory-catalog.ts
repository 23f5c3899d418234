import type { PartitionProof, PartitionRegistry } from '../../../functions/ports/catalog.ts'

/** A catalog that knows partitions by table, `key=value/…`. `lacking` ones it takes and loses. */
export function memoryCatalog(known: Record<string, string[]> = {}, { lacking = () => false as boolean } = {}) {
  const tables = new Map(Object.entries(known).map(([table, paths]) => [table, new Map(paths.map((path) => [path, '']))]))
  const of = (table: string) => tables.get(table) ?? (tables.set(table, new Map()).get(table) as Map<string, string>)
  const pathOf = (values: Record<string, string>) =>
    Object.entries(values)
      .map(([key, value]) => `${key}=${value}`)
      .join('/')
  const forgotten: string[] = []
  const proof: PartitionProof = {
    missing: async (table, partitions) => partitions.filter((values) => !of(table).has(pathOf(values))),
  }
  const registry: PartitionRegistry = {
    register: async (table, partitions) => {
      for (const { values, location } of partitions) if (!lacking()) of(table).set(pathOf(values), location)
    },
    forget: async (table, expression) => forgotten.push(`${table} ${expression}`),
  }
  return { proof, registry, forgotten, locations: (table: string) => Object.fromEntries(of(table)) }
}
