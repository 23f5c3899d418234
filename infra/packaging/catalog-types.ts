import type { Contract } from '../../functions/domain/contract/contract.ts'

/** Spark SQL's names for a type → the one that the Glue catalog, Athena and Hive read. */
const HIVE: Record<string, string> = {
  integer: 'int',
  long: 'bigint',
  short: 'smallint',
  byte: 'tinyint',
  real: 'float',
  dec: 'decimal(10,0)',
  numeric: 'decimal(10,0)',
  decimal: 'decimal(10,0)',
  timestamp_ntz: 'timestamp',
  timestamp_ltz: 'timestamp',
}

export function catalogType(sparkType: string): string {
  const type = sparkType
    .trim()
    .toLowerCase()
    .replace(/\s*([<>(),:])\s*/g, '$1')
    .replace(/\s+not null\b/g, '')
  if (HIVE[type]) return HIVE[type]
  const nested = /^(array|map|struct)<(.*)>$/.exec(type)
  if (nested)
    return `${nested[1]}<${splitTop(nested[2] ?? '')
      .map((part) => nestedPart(nested[1] === 'struct', part))
      .join(',')}>`
  return type
    .replace(/^(dec|numeric)\(/, 'decimal(')
    .replace(/^decimal\((\d+)\)$/, 'decimal($1,0)')
    .replace(/^(var)?char\(.*\)$/, 'string')
}

// Spark also writes struct<a int>; Hive wants struct<a:int>.
function nestedPart(inStruct: boolean, part: string): string {
  if (!inStruct) return catalogType(part)
  const [, name, type] = /^`?(\w+)`?[:\s]\s*(.*)$/.exec(part) ?? []
  return name && type ? `${name}:${catalogType(type)}` : part
}

function splitTop(text: string): string[] {
  const parts = ['']
  let depth = 0
  for (const letter of text) {
    if ('<('.includes(letter)) depth += 1
    if ('>)'.includes(letter)) depth -= 1
    if (letter === ',' && depth === 0) parts.push('')
    else parts[parts.length - 1] += letter
  }
  return parts
}

type Typed = Pick<Contract, 'columns' | 'derive'>

/**
 * Column → catalog type, for the contract's columns and then its derived ones.
 * @param derived Spark's types of the derived columns
 */
export function columnTypes(contract: Typed, derived: Record<string, string>): Record<string, string> {
  const ofDerived = Object.keys(contract.derive).map((name) => [name, catalogType(derived[name] ?? 'string')])
  return { ...declaredTypes(contract), ...Object.fromEntries(ofDerived) }
}

export const declaredTypes = ({ columns }: Pick<Contract, 'columns'>) =>
  Object.fromEntries(Object.entries(columns).map(([name, { type }]) => [name, catalogType(type)]))
