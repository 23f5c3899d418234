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
  if (all(NUMBER)) return numberOf(values, {})
  if (all(/^(true|false)$/i)) return { type: 'boolean' }
  return numberWithMarks(values, all) ?? dateOf(values) ?? { type: 'string' }
}

type Marks = Pick<ProposedColumn, 'decimal_mark' | 'group_mark'>

/** The number type that keeps every digit, with the marks that the values are written with. */
function numberOf(values: string[], marks: Marks): Omit<ProposedColumn, 'nulls'> {
  const { decimal_mark: mark = '.' } = marks
  const plain = values.map((value) => value.replaceAll(mark === ',' ? '.' : ',', '').replace(mark, '.'))
  if (plain.every((value) => INTEGER.test(value))) return { type: 'bigint', ...marks }
  const inexact = plain.find((value) => !isExactDouble(value))
  const areDoubles = inexact === undefined
  const type = decimalOf(plain, areDoubles) ?? (areDoubles ? 'double' : undefined)
  if (type) return { type, ...marks }
  return { type: 'string', remark: `${inexact} has more digits, or a larger exponent, than any number type keeps` }
}

/** Of amounts that may come to be larger than those of the sample. */
const LEAST_PRECISION = 12
const MORE_DIGITS = 3
const MOST_PRECISION = 38

/**
 * Values that all have the same two or more decimals are amounts: exact, as they are written. A program that prints floats writes at least one decimal, and
 * as many as each needs. These are decimals only where a double would lose a digit.
 */
function decimalOf(values: string[], areDoubles: boolean): string | undefined {
  const parts = values.map((value) => value.replace(/^[+-]/, '').split('.'))
  if (parts.some(([whole = '', fraction = '']) => !/^\d*$/.test(whole + fraction))) return undefined
  const scales = parts.map(([, fraction = '']) => fraction.length)
  const scale = Math.max(...scales)
  if (areDoubles && (scale < 2 || scales.some((each) => each !== scale))) return undefined
  const digits = Math.max(...parts.map(([whole = '']) => whole.length))
  const precision = Math.max(LEAST_PRECISION, digits + MORE_DIGITS + scale)
  if (precision <= MOST_PRECISION) return `decimal(${precision},${scale})`
  return !areDoubles && digits + scale <= MOST_PRECISION ? `decimal(${MOST_PRECISION},${scale})` : undefined
}

/** By the job's rule: the nearest double, written with as many digits as the text has, is the text's number again (docs/contract.md, "How values are read"). */
function isExactDouble(text: string): boolean {
  const written = significant(text)
  if (written.digits === '') return true
  const nearest = Number(text)
  if (!Number.isFinite(nearest) || written.digits.length > MOST_DIGITS) return false
  const back = significant(nearest.toPrecision(written.digits.length))
  return back.digits === written.digits && back.exponent === written.exponent
}
/** Of toPrecision. */
const MOST_DIGITS = 100

/** A number's digits without the zeros at both ends, and the power of ten of the last one. */
function significant(text: string): { digits: string; exponent: number } {
  const [mantissa = '', exponent = '0'] = text.replace(/^[+-]/, '').toLowerCase().split('e')
  const [whole = '', fraction = ''] = mantissa.split('.')
  const digits = (whole + fraction).replace(/^0+/, '')
  const kept = digits.replace(/0+$/, '')
  return { digits: kept, exponent: Number(exponent) - fraction.length + (digits.length - kept.length) }
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
    return numberOf(values, { group_mark: ',' })
  }
  if (!isComma) return undefined
  const groups = values.some((value) => value.includes('.'))
  return numberOf(values, { decimal_mark: ',', ...(groups && { group_mark: '.' }) })
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
