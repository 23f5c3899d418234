import type { Contract } from '../../functions/domain/contract/contract.ts'
import { parentOf } from '../../functions/domain/contract/fields/foreign-keys.ts'
import { columnSources } from '../../functions/domain/lineage/columns.ts'

/** A column of the table, by its contract. */
export interface ColumnModel {
  name: string
  /** Null for a derived column: its expression decides. */
  type: string | null
  /** Fields of the files that it is made of. */
  from: string[]
  /** The expression of a derived column. */
  sql: string | null
  /** In words: key, partition, sensitive, or what it refers to. */
  marks: string[]
}

export function columnModels(contract: Contract): ColumnModel[] {
  const { columns, derive, primary_key, curated, foreign_keys = {} } = contract
  const sources = columnSources(contract)
  return [...Object.keys(columns), ...Object.keys(derive)].map((name) => {
    const given = columns[name]?.from
    const parent = foreign_keys[name] && parentOf(foreign_keys[name].in)
    return {
      name,
      type: columns[name]?.type ?? null,
      from: given === undefined ? (sources[name] ?? []).map(({ field }) => field) : [[given].flat().join('.')],
      sql: derive[name] ?? null,
      marks: [
        ...(primary_key.includes(name) ? ['key'] : []),
        ...(curated.partition_by.includes(name) ? ['partition'] : []),
        ...(columns[name]?.sensitive ? ['sensitive'] : []),
        ...(parent ? [`refers to ${parent.dataset}.${parent.column}`] : []),
      ],
    }
  })
}
