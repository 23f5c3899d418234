import type { Contract } from '../contract/contract.ts'

/** Curated column → names of the columns that it is made of, each with how. */
export type ColumnSources = Record<string, { field: string; subtype: 'IDENTITY' | 'TRANSFORMATION' }[]>

/**
 * From the contract alone: a column is read from one of the file, a derived column from those that its SQL names, derived ones followed to their
 * own. A gold dataset has none here: Spark knows its columns, and the manifest has them.
 */
export function columnSources({ gold, columns, derive, source }: Pick<Contract, 'gold' | 'columns' | 'derive' | 'source'>): ColumnSources {
  if (gold) return {}
  const found: ColumnSources = {}
  for (const name of Object.keys(columns)) found[name] = [{ field: name, subtype: 'IDENTITY' }]
  const keys = new Set(source.partition_keys)
  for (const [name, sql] of Object.entries(derive)) {
    const fields = new Set<string>()
    for (const named of namesIn(sql)) {
      const known = Object.keys(found).find((column) => column.toLowerCase() === named)
      for (const { field } of known === undefined ? [] : (found[known] ?? [])) fields.add(field)
      for (const key of keys) if (known === undefined && key.toLowerCase() === named) fields.add(key)
    }
    found[name] = [...fields].map((field) => ({ field, subtype: 'TRANSFORMATION' }))
  }
  return found
}

/** Words of an expression that may be columns: all but texts, numbers, comments and names of functions. In lower case. */
export function namesIn(sql: string): Set<string> {
  const names = new Set<string>()
  const tokens = /'(?:[^'\\]|\\.|'')*'|"(?:[^"\\]|\\.)*"|--[^\n]*|\/\*[\s\S]*?\*\/|`((?:[^`]|``)+)`|([A-Za-z_][A-Za-z0-9_]*)(\s*\()?/g
  for (const [, quoted, word, isCalled] of sql.matchAll(tokens)) {
    if (quoted !== undefined) names.add(quoted.replaceAll('``', '`').toLowerCase())
    else if (word !== undefined && isCalled === undefined) names.add(word.toLowerCase())
  }
  return names
}
