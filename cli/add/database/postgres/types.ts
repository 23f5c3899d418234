import type { MappedType } from '../table.ts'

/** Names as format_type() gives them, without lengths → Spark's type that has the same values. Extracts bring the text that the server prints. */
const TYPES: Record<string, string> = {
  smallint: 'smallint',
  integer: 'int',
  bigint: 'bigint',
  oid: 'bigint',
  real: 'float',
  'double precision': 'double',
  boolean: 'boolean',
  date: 'date',
  'timestamp without time zone': 'timestamp_ntz',
  'timestamp with time zone': 'timestamp',
  bytea: 'binary',
  text: 'string',
  'character varying': 'string',
  // With the blanks at its end, which Spark's char would treat in its own way.
  character: 'string',
  uuid: 'string',
}

const LENGTHS = /\((\d+)(?:,(-?\d+))?\)/
const MOST_DIGITS = 38

/**
 * @param type of PostgreSQL, as format_type() gives it: `numeric(12,2)`, `timestamp(3) with time zone`
 * @param kind pg_type.typtype, e for an enum
 */
export function contractType(type: string, kind = 'b'): MappedType {
  if (kind === 'e') return { type: 'string' }
  if (type.endsWith('[]')) return { type: 'string', remark: `${type} in the database; comes as a JSON text` }
  const [, first, second] = LENGTHS.exec(type) ?? []
  const plain = type.replace(LENGTHS, '')
  if (plain === 'numeric') return decimalOf(first, second)
  const known = TYPES[plain]
  return known === undefined
    ? { type: 'string', remark: `${type} in the database; comes as the text that the server prints` }
    : { type: known }
}

function decimalOf(digits: string | undefined, decimals = '0'): MappedType {
  if (digits === undefined)
    return { type: 'string', remark: 'numeric without a scale in the database; give a decimal(p,s) that holds each value' }
  const [precision, scale] = [Number(digits), Number(decimals)]
  // numeric(3,-2) rounds to hundreds, numeric(2,4) begins behind two zeros.
  const [whole, fraction] = [Math.max(precision - scale, 0), Math.max(scale, 0)]
  if (whole + fraction > MOST_DIGITS)
    return { type: 'string', remark: `numeric(${precision},${scale}) in the database; a decimal has up to ${MOST_DIGITS} digits` }
  return { type: `decimal(${whole + fraction},${fraction})` }
}
