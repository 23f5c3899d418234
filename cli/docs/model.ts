import { dueAt } from '../../functions/domain/batch/lateness.ts'
import type { Contract } from '../../functions/domain/contract/contract.ts'
import { parentOf } from '../../functions/domain/contract/fields/foreign-keys.ts'
import { columnSources } from '../../functions/domain/lineage/columns.ts'
import type { CheckedContracts } from '../contracts/check-contracts.ts'

/** A column of a dataset's table; of the files of a dataset that reads them, where `dataset` is null. */
export interface ColumnRef {
  dataset: string | null
  column: string
}

export interface ColumnPage {
  name: string
  type: string
  isKey: boolean
  isPartition: boolean
  isSensitive: boolean
  /** SQL of a derived column. */
  sql: string | null
  madeOf: ColumnRef[]
  /** Columns of other tables that are made of it. */
  usedBy: ColumnRef[]
  /** The column that its foreign key refers to. */
  refersTo: ColumnRef | null
}

export interface DatasetPage {
  contract: Contract
  columns: ColumnPage[]
  /** Datasets that it is made of, and that are made of it. */
  sources: string[]
  readers: string[]
  /** When data of it was last published, and whether the next is overdue by its contract; null where no deployment was asked. */
  freshness: Freshness | null
}

export interface Freshness {
  /** ISO; null: not yet. */
  publishedAt: string | null
  isLate: boolean
}

/** To the minute; null: not yet. */
export const publishedAtInWords = ({ publishedAt }: Freshness) => publishedAt && `${publishedAt.slice(0, 16).replace('T', ' ')} UTC`

/** @param last when the dataset last published */
export function freshnessOf({ expect }: Pick<Contract, 'expect'>, last: Date | undefined, now: Date): Freshness {
  return { publishedAt: last?.toISOString() ?? null, isLate: expect !== undefined && last !== undefined && now > dueAt(expect, last) }
}

/** What the site shows of each dataset, by name. */
export function buildPages(
  { contracts, derivedTypes, madeOf }: Omit<CheckedContracts, 'problems'>,
  freshness: ReadonlyMap<string, Freshness> = new Map(),
): DatasetPage[] {
  const sorted = contracts.toSorted((one, other) => (one.dataset < other.dataset ? -1 : 1))
  const pages = sorted.map((contract): DatasetPage => {
    const types = derivedTypes[contract.dataset]?.types ?? {}
    return {
      contract,
      columns: columnsOf(contract, types, madeOf[contract.dataset] ?? {}),
      sources: Object.keys(contract.gold?.sources ?? {}).sort(),
      readers: sorted.filter(({ gold }) => contract.dataset in (gold?.sources ?? {})).map(({ dataset }) => dataset),
      freshness: freshness.get(contract.dataset) ?? null,
    }
  })
  for (const { contract, columns } of pages)
    for (const { name, madeOf: refs } of columns)
      for (const { dataset, column } of refs) {
        const of = pages.find((page) => page.contract.dataset === dataset)?.columns.find((each) => each.name === column)
        of?.usedBy.push({ dataset: contract.dataset, column: name })
      }
  return pages
}

function columnsOf(contract: Contract, derivedTypes: Record<string, string>, gold: CheckedContracts['madeOf'][string]): ColumnPage[] {
  const { columns, derive, primary_key: key, curated, foreign_keys: foreign = {} } = contract
  const fromFiles = columnSources(contract)
  return [...Object.keys(columns), ...Object.keys(derive)].map((name) => {
    const declared = columns[name]
    const files = (fromFiles[name] ?? []).map(({ field }): ColumnRef => ({ dataset: null, column: field }))
    const tables = (gold[name] ?? []).map(([dataset, column]): ColumnRef => ({ dataset, column }))
    const parent = foreign[name] && parentOf(foreign[name].in)
    return {
      name,
      type: declared?.type ?? derivedTypes[name] ?? 'not known',
      isKey: key.includes(name),
      isPartition: curated.partition_by.includes(name),
      isSensitive: declared?.sensitive === true,
      sql: derive[name] ?? null,
      madeOf: [...files, ...tables],
      usedBy: [],
      refersTo: parent ?? null,
    }
  })
}
