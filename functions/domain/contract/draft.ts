import type { ColumnOption } from './fields/columns.ts'
import { keyOf } from './fields/gold.ts'
import { LANDERS, type LanderName, landerOf } from './landers.ts'

/**
 * A contract as far as it can be read. One wrong field must not hide what is wrong in the others, so the checks that
 * look across fields (and those that need Spark) work on this, not on the contract that zod accepted.
 */
export interface ContractDraft {
  dataset: string | undefined
  /** The names of its top-level fields. */
  fields: Set<string>
  gold: DraftGold | undefined
  reconcile: Map<string, { gold?: string; sources?: string }>
  /** The names of the fields of `source`; undefined when that is no mapping. */
  sourceFields: Set<string> | undefined
  lander: LanderName | undefined
  /** Of a dataset with a database: whether each extract compares the whole table, and the column that splits it. */
  jdbc: { full: boolean; splitBy: string | undefined } | undefined
  /** Of the files: the contract's, or its lander's. */
  format: string | undefined
  sourceOptions: Map<string, unknown>
  /** Undefined when the field is absent or no mapping: then not every name in the file is a problem. */
  columns: Map<string, DraftColumn> | undefined
  derive: Map<string, string | undefined>
  rules: Map<string, string | undefined>
  partitionKeys: Listed[]
  primaryKey: Listed[]
  latestBy: Listed[]
  deleteWhen: string | undefined
  partitionBy: Listed[]
  tableFormat: string | undefined
  historyDays: number | undefined
  monthEnds: number | undefined
  dropColumns: Listed[]
  warnRate: number | undefined
  haltRate: number | undefined
  quality: string | undefined
  references: Map<string, string | undefined>
  /** Column → its `in`. */
  foreignKeys: Map<string, string | undefined>
  /** Column of a foreign key → its `on_missing`. */
  onMissing: Map<string, string | undefined>
  workerType: string | undefined
  flex: boolean
}

/** A word, SQL by gold column, or columns under `key`. */
export type DraftReach = string | { key: string[] } | Record<string, string> | undefined

export interface DraftGold {
  /** Source dataset → its `rebuilds`. */
  sources: Map<string, DraftReach>
  sql: string | undefined
}

export interface DraftColumn {
  type: string | undefined
  /** As they were written. */
  options: Partial<Record<ColumnOption, unknown>>
}

/** A list entry that is a text, with its place in the file's list. */
export interface Listed {
  name: string
  index: number
}

export function readDraft(raw: unknown): ContractDraft {
  const contract = recordOf(raw) ?? {}
  const source = recordOf(contract.source) ?? {}
  const lander = landerOf(source)
  const quarantine = recordOf(contract.quarantine) ?? {}
  const columns = recordOf(contract.columns)
  const compute = recordOf(contract.compute) ?? {}
  const foreignKeys = Object.entries(recordOf(contract.foreign_keys) ?? {})
  return {
    dataset: textOf(contract.dataset),
    fields: new Set(Object.keys(contract)),
    reconcile: new Map(Object.entries(recordOf(contract.reconcile) ?? {}).map(([name, check]) => [name, readReconcile(check)])),
    gold: contract.gold === undefined ? undefined : readGold(recordOf(contract.gold) ?? {}),
    sourceFields: recordOf(contract.source) && new Set(Object.keys(source)),
    lander,
    jdbc: lander === 'jdbc' ? readJdbc(recordOf(source.jdbc) ?? {}) : undefined,
    format: lander ? LANDERS[lander].format : textOf(source.format),
    sourceOptions: new Map(Object.entries(recordOf(source.options) ?? {})),
    columns: columns && new Map(Object.entries(columns).map(([name, column]) => [name, readColumn(column)])),
    derive: textsOf(contract.derive),
    rules: textsOf(quarantine.rules),
    partitionKeys: source.partition_keys === undefined && lander ? listOf(LANDERS[lander].partitionKeys) : listOf(source.partition_keys),
    primaryKey: listOf(contract.primary_key),
    latestBy: listOf(contract.latest_by),
    deleteWhen: textOf(contract.delete_when),
    partitionBy: listOf(recordOf(contract.curated)?.partition_by),
    tableFormat: textOf(recordOf(contract.curated)?.format),
    historyDays: numberOf(recordOf(contract.curated)?.history_days),
    monthEnds: numberOf(recordOf(contract.curated)?.month_ends),
    dropColumns: listOf(recordOf(contract.curated)?.drop_columns),
    warnRate: numberOf(quarantine.warn_rate),
    haltRate: numberOf(quarantine.halt_rate),
    quality: textOf(contract.quality),
    references: textsOf(contract.references),
    foreignKeys: new Map(foreignKeys.map(([column, key]) => [column, textOf(recordOf(key)?.in)])),
    onMissing: new Map(foreignKeys.map(([column, key]) => [column, textOf(recordOf(key)?.on_missing)])),
    workerType: textOf(compute.worker_type),
    flex: compute.flex === true,
  }
}

const readJdbc = (jdbc: Record<string, unknown>) => ({ full: jdbc.mode === 'full', splitBy: textOf(recordOf(jdbc.split)?.by) })

function readGold(gold: Record<string, unknown>): DraftGold {
  const sources = Object.entries(recordOf(gold.sources) ?? {}).map(
    ([name, source]) => [name, readReach(recordOf(source)?.rebuilds)] as const,
  )
  return { sources: new Map(sources), sql: textOf(gold.sql) }
}

function readReach(rebuilds: unknown): DraftReach {
  const key = keyOf(rebuilds)
  if (key) return { key }
  const mapped = recordOf(rebuilds)
  return mapped ? Object.fromEntries(Object.entries(mapped).map(([column, sql]) => [column, String(sql)])) : textOf(rebuilds)
}

function readReconcile(check: unknown): { gold?: string; sources?: string } {
  const { gold, sources } = recordOf(check) ?? {}
  return { ...(textOf(gold) && { gold: textOf(gold) }), ...(textOf(sources) && { sources: textOf(sources) }) }
}

function readColumn(column: unknown): DraftColumn {
  const spelled = recordOf(column)
  if (!spelled) return { type: textOf(column)?.trim(), options: {} }
  const { type, ...options } = spelled
  return { type: textOf(type)?.trim(), options }
}

function recordOf(value: unknown): Record<string, unknown> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value.trim() !== '' ? value : undefined
}

function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined
}

function textsOf(value: unknown): Map<string, string | undefined> {
  return new Map(Object.entries(recordOf(value) ?? {}).map(([name, text]) => [name, textOf(text)]))
}

function listOf(value: unknown): Listed[] {
  if (!Array.isArray(value)) return []
  return value.flatMap((entry, index) => (typeof entry === 'string' ? [{ name: entry, index }] : []))
}
