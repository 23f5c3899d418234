import type { Contract } from '../contract/contract.ts'

/** What this needs of domain/batch/table-kind.ts. */
interface Noted {
  columns: Record<string, string>
  primaryKey: string[]
  partitionBy: string[]
  deleteWhen?: string | undefined
  renamed?: Record<string, string> | undefined
}

/**
 * What is noted of an Iceberg table, with the names of its columns as the contract has them (`renamed_from`, `curated.drop_columns`), and what cannot be
 * renamed or dropped, in words. The same as tables/iceberg/evolution/noted.py.
 */
export function evolvedKind<Table extends Noted>(
  noted: Table,
  contract: Pick<Contract, 'columns' | 'derive' | 'primary_key' | 'latest_by' | 'curated'>,
): { table: Table; problems: string[] } {
  const produced = [...Object.keys(contract.columns), ...Object.keys(contract.derive)]
  const renamed = Object.entries(contract.columns).flatMap(([name, { renamed_from }]) =>
    renamed_from !== undefined && renamed_from in noted.columns && !(name in noted.columns) ? [[renamed_from, name] as const] : [],
  )
  const names = new Map<string, string>(renamed)
  const dropped = (contract.curated.drop_columns ?? []).filter((name) => name in noted.columns)
  const today = (name: string) => names.get(name) ?? name
  const removalsByName = new Set(noted.deleteWhen === undefined ? [] : [...contract.primary_key, ...contract.latest_by])
  const problems = [
    ...renamed
      .filter(([before]) => noted.partitionBy.includes(before))
      .map(([before, name]) => `column ${name} was ${before}, and the table is partitioned by it: it keeps its name`),
    ...renamed
      .filter(([, name]) => removalsByName.has(name))
      .map(([before, name]) => `column ${name} was ${before}, by which removed keys are remembered: it keeps its name`),
    ...dropped
      .filter((name) => noted.partitionBy.includes(name))
      .map((name) => `column ${name} is dropped, and the table is partitioned by it`),
    ...Object.entries(noted.renamed ?? {})
      .filter(([before, name]) => produced.includes(before) && !(before in noted.columns) && !produced.includes(name))
      .map(([before, name]) => `column ${before} has become ${name}, so this contract is an earlier one`),
  ]
  const columns = Object.entries(noted.columns).flatMap(([name, type]) => (dropped.includes(name) ? [] : [[today(name), type] as const]))
  return {
    table: {
      ...noted,
      columns: Object.fromEntries(columns),
      primaryKey: noted.primaryKey.map(today),
      partitionBy: noted.partitionBy.map(today),
    },
    problems,
  }
}

/** Columns that the contract renames or drops, in words; a table that is migrated keeps its columns until it is an Iceberg table. */
export function otherColumns(noted: Noted, { columns, curated }: Pick<Contract, 'columns' | 'curated'>): string[] {
  const renamed = Object.entries(columns).flatMap(([name, { renamed_from }]) =>
    renamed_from !== undefined && renamed_from in noted.columns ? [`column ${renamed_from} gets the name ${name}`] : [],
  )
  const dropped = (curated.drop_columns ?? []).filter((name) => name in noted.columns).map((name) => `column ${name} is dropped`)
  return [...renamed, ...dropped]
}
