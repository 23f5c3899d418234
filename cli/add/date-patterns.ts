/** How a column of dates or times is written; without `format` Spark reads it by itself. */
export interface DatePattern {
  type: 'date' | 'timestamp'
  format?: string
  /** The values do not show which part is the day and which the month. */
  ambiguous?: boolean
}

const ISO_DATE = /^\d{4}-\d{2}-\d{2}$/
const ISO_TIME = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}:\d{2})?$/
/** Two or four digits, a separator, and so on; then perhaps a time. */
const PARTS = /^(\d{1,4})([-/.])(\d{1,2})\2(\d{2,4})(?:([T ])(\d{1,2}):(\d{2})(?::(\d{2})(?:\.(\d{1,6}))?)?( [AaPp][Mm])?)?$/

/** The one pattern of all values; undefined when they have none. */
export function datePattern(values: string[]): DatePattern | undefined {
  if (values.every((value) => ISO_DATE.test(value) && isDay(value.slice(8), value.slice(5, 7)))) return { type: 'date' }
  if (values.every((value) => ISO_TIME.test(value) && isDay(value.slice(8, 10), value.slice(5, 7)))) return { type: 'timestamp' }
  const parts = values.map((value) => PARTS.exec(value))
  const first = parts[0]
  if (!first || parts.some((match) => !match || match[2] !== first[2] || !sameTime(match, first))) return undefined
  const matches = parts as RegExpExecArray[]
  const [separator, type] = [first[2] as string, first[6] === undefined ? 'date' : 'timestamp'] as const
  const column = (group: number) => matches.map((match) => match[group] as string)
  const [one, two, three] = [column(1), column(3), column(4)]
  const time = timeOf(matches)
  if (one.every((part) => part.length === 4)) {
    if (!two.every(isMonth) || !three.every((part) => isDayOfMonth(part))) return undefined
    return { type, format: ['yyyy', digits('M', two), digits('d', three)].join(separator) + time }
  }
  const year = three.every((part) => part.length === 4) ? 'yyyy' : three.every((part) => part.length === 2) ? 'yy' : undefined
  if (!year || !one.every((part) => part.length <= 2)) return undefined
  const [dayFirst, monthFirst] = [one.every(isDayOfMonth) && two.every(isMonth), one.every(isMonth) && two.every(isDayOfMonth)]
  if (!dayFirst && !monthFirst) return undefined
  // With dots it is the day that comes first wherever dates are written with dots.
  if (dayFirst && monthFirst && separator !== '.') return { type, ambiguous: true }
  const order = dayFirst ? [digits('d', one), digits('M', two)] : [digits('M', one), digits('d', two)]
  return { type, format: [...order, year].join(separator) + time }
}

const isMonth = (part: string) => Number(part) >= 1 && Number(part) <= 12
const isDayOfMonth = (part: string) => part.length <= 2 && Number(part) >= 1 && Number(part) <= 31
const isDay = (day: string, month: string) => isDayOfMonth(day) && isMonth(month)

/** Two letters where all have two digits, one where some have one. */
const digits = (letter: string, parts: string[]) => (parts.every((part) => part.length === 2) ? letter.repeat(2) : letter)

const sameTime = (left: RegExpExecArray, right: RegExpExecArray) =>
  left[5] === right[5] &&
  (left[6] === undefined) === (right[6] === undefined) &&
  (left[8] === undefined) === (right[8] === undefined) &&
  left[9]?.length === right[9]?.length &&
  (left[10] === undefined) === (right[10] === undefined)

function timeOf(matches: RegExpExecArray[]): string {
  const [, , , , , between, hour, , second, fraction, half] = matches[0] as RegExpExecArray
  if (hour === undefined) return ''
  const letter = half === undefined ? 'H' : 'h'
  const hours = digits(
    letter,
    matches.map((match) => match[6] as string),
  )
  return `${between === 'T' ? "'T'" : ' '}${hours}:mm${second ? ':ss' : ''}${fraction ? `.${'S'.repeat(fraction.length)}` : ''}${half ? ' a' : ''}`
}
