import { type DatePattern, datePattern } from './date-patterns.ts'
import { LOOKS_LIKE_KEY } from './names.ts'
import type { SampleColumn } from './sample.ts'

/** A column as the contract will have it. */
export interface ProposedColumn {
  type: string
  format?: string
  decimal_mark?: string
  group_mark?: string
  /** Texts of it that mean NULL. */
  nulls: string[]
  /** What a person should look at. */
  remark?: string
}

/** Texts that many programs write for a missing value. */
const NULLS = new Set(['na', 'n/a', 'null', 'none', 'nan', '\\n', '-', '--', '?', '#n/a', 'nil', '(null)'])
const INTEGER = /^[+-]?\d{1,18}$/
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/
/** 1.234,50 and 2,50; then 1,234.50. Groups are of three digits. */
const COMMA_DECIMAL = /^[+-]?(\d{1,3}(\.\d{3})+|\d+)(,\d+)?$/
const COMMA_GROUPS = /^[+-]?(\d{1,3}(,\d{3})+|\d+)(\.\d+)?$/
const AMBIGUOUS = /^[+-]?\d{1,3},\d{3}$/

/** The type that every value of the column has, and how it is written; a text where no other fits. */
export function proposeType(column: SampleColumn): ProposedColumn {
  if (column.type !== undefined) return { type: column.type, nulls: [] }
  const texts = [...column.values.keys()]
  if (texts.length === 0) return { type: 'string', nulls: [], remark: 'no value in the sample: the type is unknown' }
  const nulls = texts.filter((text) => NULLS.has(text.trim().toLowerCase()))
  const values = texts.filter((text) => !nulls.includes(text))
  const found = values.length === 0 ? undefined : typeOf(values)
  if (found?.type === 'double' && values.every((value) => WHOLE.test(value)))
    return { ...found, ...wholeNumber(column.name, values[0] ?? ''), nulls }
  // In a column of texts NA may be Namibia.
  if (!found || found.type === 'string') return { type: 'string', nulls: [], ...found }
  return { ...found, nulls }
}

/** A program that has integers with gaps as floats writes them so; the job reads 13085.0 as no integer, but as a decimal without decimals. */
const WHOLE = /^[+-]?\d{1,15}\.0+$/

function wholeNumber(name: string, value: string): { type: string; remark: string } {
  if (LOOKS_LIKE_KEY.test(name)) return { type: 'decimal(18,0)', remark: `a whole number, written as ${value}` }
  return { type: 'double', remark: `every value is whole, such as ${value}: decimal(18,0) if no value can have a fraction` }
}

function typeOf(values: string[]): Omit<ProposedColumn, 'nulls'> {
  const all = (fits: RegExp) => values.every((value) => fits.test(value))
  // 007 is a code, not a number.
  if (
    values.some((value) => /^[+-]?0\d/.test(value)) &&
    all(/^[+-]?[\d.,]+$/) &&
    !values.some((value) => /^0\d*[.,/-]\d+[.,/-]/.test(value))
  ) {
    return { type: 'string' }
  }
  if (all(INTEGER)) return { type: 'bigint' }
  if (all(NUMBER)) return { type: fractionType(values, '.') }
  if (all(/^(true|false)$/i)) return { type: 'boolean' }
  return numberWithMarks(values, all) ?? dateOf(values) ?? { type: 'string' }
}

/** Of amounts that may come to be larger than those of the sample. */
const LEAST_PRECISION = 12
const MORE_DIGITS = 3
const MOST_PRECISION = 38

/**
 * Values that all have the same two or more decimals are amounts: exact, as they are written. A program that prints floats writes at least one decimal, and
 * as many as each needs.
 */
function fractionType(values: string[], mark: '.' | ','): string {
  const parts = values.map((value) => value.replace(/^[+-]/, '').split(mark))
  const scale = parts[0]?.[1]?.length ?? 0
  if (scale < 2 || parts.some(([, fraction = '']) => fraction.length !== scale || !/^\d+$/.test(fraction))) return 'double'
  const digits = Math.max(...parts.map(([whole = '']) => whole.replaceAll(/\D/g, '').length))
  const precision = Math.max(LEAST_PRECISION, digits + MORE_DIGITS + scale)
  return precision > MOST_PRECISION ? 'double' : `decimal(${precision},${scale})`
}

function numberWithMarks(values: string[], all: (fits: RegExp) => boolean): Omit<ProposedColumn, 'nulls'> | undefined {
  const marked = values.filter((value) => value.includes(','))
  if (marked.length === 0 && !values.some((value) => /\.\d{3}\./.test(value))) return undefined
  const [isComma, isGroups] = [all(COMMA_DECIMAL), all(COMMA_GROUPS)]
  if (isComma && isGroups && marked.every((value) => AMBIGUOUS.test(value))) {
    return {
      type: 'string',
      remark: `${JSON.stringify(marked[0])} may be a thousand or a fraction: give a number type with group_mark or decimal_mark`,
    }
  }
  if (isGroups && !(isComma && marked.some((value) => !AMBIGUOUS.test(value)))) {
    return { type: values.some((value) => value.includes('.')) ? fractionType(values, '.') : 'bigint', group_mark: ',' }
  }
  if (!isComma) return undefined
  const groups = values.some((value) => value.includes('.'))
  return { type: marked.length > 0 ? fractionType(values, ',') : 'bigint', decimal_mark: ',', ...(groups && { group_mark: '.' }) }
}

function dateOf(values: string[]): Omit<ProposedColumn, 'nulls'> | undefined {
  const found: DatePattern | undefined = datePattern(values)
  if (!found) return undefined
  if (found.ambiguous) {
    return {
      type: 'string',
      remark: `${JSON.stringify(values[0])} may have the day or the month first: give { type: ${found.type}, format: "…" }`,
    }
  }
  return { type: found.type, ...(found.format && { format: found.format }) }
}
