import type { MappedType } from '../table.ts'

/** information_schema.columns.data_type → Spark's type that has the same values. Extracts bring the text that the server prints, and bytes as they are. */
const TYPES: Record<string, string> = {
  tinyint: 'tinyint',
  smallint: 'smallint',
  mediumint: 'int',
  int: 'int',
  bigint: 'bigint',
  float: 'float',
  double: 'double',
  year: 'smallint',
  date: 'date',
  datetime: 'timestamp_ntz',
  timestamp: 'timestamp',
  ...Object.fromEntries(
    ['char', 'varchar', 'tinytext', 'text', 'mediumtext', 'longtext', 'enum', 'set', 'json', 'uuid', 'inet4', 'inet6'].map((name) => [
      name,
      'string',
    ]),
  ),
  ...Object.fromEntries(['binary', 'varbinary', 'tinyblob', 'blob', 'mediumblob', 'longblob'].map((name) => [name, 'binary'])),
}

/** What holds all numbers of a type without a sign. */
const UNSIGNED: Record<string, string> = { tinyint: 'smallint', smallint: 'int', mediumint: 'int', int: 'bigint', bigint: 'decimal(20,0)' }

const MOST_DIGITS = 38

/** @param type as information_schema.columns.column_type has it: `decimal(12,2) unsigned`, `tinyint(1)` */
export function contractType(type: string): MappedType {
  const [, name = '', digits, decimals = '0'] = /^(\w+)(?:\((\d+)(?:,(\d+))?\))?/.exec(type.toLowerCase()) ?? []
  if (name === 'tinyint' && digits === '1')
    return { type: 'boolean', remark: `${type} in the database; a value but 0 and 1 is set aside: make it a tinyint if there are others` }
  if (name === 'bit')
    return digits === '1' ? { type: 'boolean' } : { type: 'decimal(20,0)', remark: `${type} in the database; comes as a number` }
  if (name === 'decimal') {
    const tooLong = { type: 'string', remark: `${type} in the database; a decimal has up to ${MOST_DIGITS} digits` }
    return Number(digits) > MOST_DIGITS ? tooLong : { type: `decimal(${digits},${decimals})` }
  }
  const known = (/ unsigned/i.test(type) && UNSIGNED[name]) || TYPES[name]
  return known === undefined
    ? { type: 'string', remark: `${type} in the database; comes as the text that the server prints` }
    : { type: known }
}
