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

const RETURNS: Record<string, string> = {
  to_date: 'date',
  date: 'date',
  date_add: 'date',
  date_sub: 'date',
  add_months: 'date',
  last_day: 'date',
  make_date: 'date',
  next_day: 'date',
  trunc: 'date',
  to_timestamp: 'timestamp',
  timestamp: 'timestamp',
  date_trunc: 'timestamp',
  from_utc_timestamp: 'timestamp',
  to_utc_timestamp: 'timestamp',
  timestamp_seconds: 'timestamp',
  year: 'int',
  quarter: 'int',
  month: 'int',
  day: 'int',
  dayofmonth: 'int',
  dayofweek: 'int',
  dayofyear: 'int',
  weekofyear: 'int',
  hour: 'int',
  minute: 'int',
  second: 'int',
  length: 'int',
  datediff: 'int',
  size: 'int',
  hash: 'int',
  xxhash64: 'bigint',
  unix_timestamp: 'bigint',
  boolean: 'boolean',
  isnull: 'boolean',
  isnotnull: 'boolean',
  int: 'int',
  bigint: 'bigint',
  double: 'double',
  string: 'string',
}
const STRINGS = new Set(
  `date_format concat concat_ws upper lower initcap trim ltrim rtrim substring substr left right lpad rpad replace regexp_replace
   regexp_extract split_part format_string printf md5 sha1 sha2 base64 hex from_unixtime translate reverse repeat soundex monthname dayname`.split(
    /\s+/,
  ),
)

/** The type of a derived column's SQL, where its outermost form says it; undefined where only Spark could know. */
export function derivedType(sql: string, columns: Record<string, string>): string | undefined {
  const text = stripParentheses(sql.trim())
  const column = Object.keys(columns).find((name) => name.toLowerCase() === text.replace(/^`|`$/g, '').toLowerCase())
  if (column !== undefined) return columns[column]
  if (/^'[^']*'$/.test(text)) return 'string'
  if (/^(true|false)$/i.test(text)) return 'boolean'
  const call = /^([a-z_][a-z0-9_]*)\s*\(/i.exec(text)
  if (!call || closing(text, call[0].length - 1) !== text.length - 1) return undefined
  const name = (call[1] ?? '').toLowerCase()
  const inner = text.slice(call[0].length, -1)
  if (name === 'cast' || name === 'try_cast') return catalogType(/\bas\s+(?!.*\bas\s)(.+)$/is.exec(inner)?.[1] ?? 'string')
  // These give back what they are given.
  if (['coalesce', 'nvl', 'ifnull', 'nullif', 'greatest', 'least'].includes(name)) return derivedType(splitTop(inner)[0] ?? '', columns)
  return STRINGS.has(name) ? 'string' : RETURNS[name]
}

function stripParentheses(text: string): string {
  return text.startsWith('(') && closing(text, 0) === text.length - 1 ? stripParentheses(text.slice(1, -1).trim()) : text
}

/** Where the parenthesis at `open` closes; quoted text does not count. */
function closing(text: string, open: number): number {
  let depth = 0
  let quote = ''
  for (let at = open; at < text.length; at += 1) {
    const letter = text[at] as string
    if (quote) quote = letter === quote ? '' : quote
    else if (`'"\``.includes(letter)) quote = letter
    else if (letter === '(') depth += 1
    else if (letter === ')' && --depth === 0) return at
  }
  return -1
}

type Typed = Pick<Contract, 'columns' | 'derive' | 'source'>

/**
 * Column → catalog type, for the contract's columns and then its derived ones; undefined where nobody knows.
 * @param learned what Spark said of the derived columns, when it was asked
 */
export function columnTypes(contract: Typed, learned: Record<string, string> = {}): Record<string, string | undefined> {
  const types: Record<string, string | undefined> = declaredTypes(contract)
  const known = { ...declaredTypes(contract), ...Object.fromEntries(contract.source.partition_keys.map((key) => [key, 'string'])) }
  for (const [name, sql] of Object.entries(contract.derive)) {
    types[name] = learned[name] === undefined ? derivedType(sql, known) : catalogType(learned[name])
  }
  return types
}

export const declaredTypes = ({ columns }: Typed) =>
  Object.fromEntries(Object.entries(columns).map(([name, { type }]) => [name, catalogType(type)]))
