import type { Manifest } from '../../../functions/domain/batch/manifest/manifest.ts'
import type { Contract } from '../../../functions/domain/contract/contract.ts'
import { parentOf } from '../../../functions/domain/contract/fields/foreign-keys.ts'
import { type ColumnSources, columnSources } from '../../../functions/domain/lineage/columns.ts'

/** A column of the table, by its contract. */
export interface ColumnModel {
  name: string
  /** Null for a derived column of which no batch has told the type. */
  type: string | null
  /** Fields of the files that it is made of. */
  from: string[]
  /** The expression of a derived column. */
  sql: string | null
  /** In words: key, partition, sensitive, or what it refers to. */
  marks: string[]
}

type Told = { startedAt: string; manifest: Manifest | null }

/** `batches`: the newest that tells decides what type a derived column has, and what a column of gold is made of. */
export function columnModels(contract: Contract, batches: Told[]): ColumnModel[] {
  const { columns, derive, primary_key, curated, foreign_keys = {} } = contract
  const types = newest(batches, ({ table }) => table?.columns)
  const gold = newest(batches, (manifest) => manifest.gold?.columns)
  const sources = columnSources(contract)
  return [...Object.keys(columns), ...Object.keys(derive)].map((name) => {
    const given = columns[name]?.from
    const parent = foreign_keys[name] && parentOf(foreign_keys[name].in)
    return {
      name,
      type: columns[name]?.type ?? types?.[name] ?? null,
      from: gold?.[name]?.map((column) => column.join('.')) ?? madeOf(sources[name], given),
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

const madeOf = (sources: ColumnSources[string] = [], given: string | string[] | undefined) =>
  given === undefined ? sources.map(({ field }) => field) : [[given].flat().join('.')]

function newest<T>(batches: Told[], told: (manifest: Manifest) => T | undefined): T | undefined {
  const sorted = batches.toSorted((left, right) => (left.startedAt < right.startedAt ? 1 : -1))
  return sorted.map(({ manifest }) => manifest && told(manifest)).find((each) => each !== undefined && each !== null) ?? undefined
}
