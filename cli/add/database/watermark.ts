import type { DatabaseColumn, DatabaseTable } from './table.ts'

export interface ProposedWatermark {
  /** Undefined: each extract reads the whole table. */
  column?: DatabaseColumn
  /** Of a time. */
  lag?: string
  /** What it means, a sentence a line. */
  remarks: string[]
}

const TIME = /^timestamp/
const NUMBER = /^(smallint|int|bigint|decimal)/
/** updated_at, lastModified, sys_updated_on, date_changed, write_date, mtime; but not updated_by, which is a person. */
const CHANGED = /(updat|modif|chang|edited|^write_?date|^mtime)/i
const BY = /by(_?id)?$/i
/** Numbers that one sequence gives to all changes of a table. */
const SEQUENCE = /(version|revision|seq|sequence|lsn|change_?id)$/i

/**
 * A column that grows with every change of a row, as far as names and indexes tell. An index alone does not: created_at and the key have one, and an update
 * changes neither. A number must be unique, since a counter for each row begins anew with every row.
 */
export function proposeWatermark({ columns, indexes }: DatabaseTable): ProposedWatermark {
  const isIndexed = ({ name }: DatabaseColumn) => indexes.some((index) => index.columns[0] === name)
  const isUnique = ({ name }: DatabaseColumn) =>
    indexes.some((index) => index.unique && index.columns.length === 1 && index.columns[0] === name)
  const times = columns.filter(({ type }) => TIME.test(type))
  const named = times.filter(({ name }) => CHANGED.test(name) && !BY.test(name))
  const time = named.find(isIndexed) ?? named[0]
  const number = columns.find((column) => NUMBER.test(column.type) && SEQUENCE.test(column.name) && isUnique(column))
  const column = time ?? number
  if (column === undefined) return { remarks: withoutOne(times.find(isIndexed)) }
  const remarks = [
    `Extracts read rows whose ${column.name} has grown. Each change of a row must set it; others are not seen, nor are deletions.`,
  ]
  if (!isIndexed(column)) remarks.push('No index begins with it, so each extract scans the table.')
  if (!column.required) remarks.push('It may be NULL: such rows come with each extract.')
  if (column.type === 'timestamp_ntz') remarks.push('It has no zone: it counts as UTC.')
  if (column !== time) return { column, remarks: [...remarks, 'A number has no lag: what commits after a higher number is not seen.'] }
  return { column, lag: '15 minutes', remarks: [...remarks, 'Give lag the time of your longest transaction.'] }
}

const withoutOne = (indexed: DatabaseColumn | undefined) => [
  'No column looks like one that grows with every change, so each extract reads the whole table. Rows that are gone from it stay here, unless mode is full.',
  'If there is one, a time or a number, name it: watermark: <column>',
  ...(indexed ? [`${indexed.name} is indexed, and would do if every change of a row set it.`] : []),
]
