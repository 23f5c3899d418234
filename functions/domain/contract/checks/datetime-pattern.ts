/** Directives of strftime (C, Python, Ruby) → letters of Spark's patterns (spark.apache.org/docs/3.5.6/sql-ref-datetime-pattern.html). */
const STRFTIME: Record<string, string> = {
  Y: 'yyyy',
  y: 'yy',
  m: 'MM',
  '-m': 'M',
  d: 'dd',
  '-d': 'd',
  e: 'd',
  H: 'HH',
  '-H': 'H',
  I: 'hh',
  '-I': 'h',
  M: 'mm',
  '-M': 'm',
  S: 'ss',
  '-S': 's',
  f: 'SSSSSS',
  p: 'a',
  b: 'MMM',
  B: 'MMMM',
  a: 'EEE',
  A: 'EEEE',
  j: 'DDD',
  z: 'xx',
  F: 'yyyy-MM-dd',
  T: 'HH:mm:ss',
  D: 'MM/dd/yy',
  R: 'HH:mm',
}

/** Parts of TO_CHAR and TO_TIMESTAMP (Oracle, PostgreSQL, Snowflake) → letters of Spark's patterns; longer ones first. */
const SQL: [RegExp, string][] = [
  [/YYYY/gi, 'yyyy'],
  [/YY/gi, 'yy'],
  [/HH24/gi, 'HH'],
  [/HH12|HH/gi, 'hh'],
  [/MI/gi, 'mm'],
  [/SS/gi, 'ss'],
  [/FF3/gi, 'SSS'],
  [/FF\d?/gi, 'SSSSSS'],
  [/MONTH/gi, 'MMMM'],
  [/MON/gi, 'MMM'],
  [/DD/gi, 'dd'],
  [/[AP]M/gi, 'a'],
]

/** Why a pattern is wrong, and the one that is meant. */
interface Finding {
  why: (meant: string) => string
  meant?: string
}

/** A pattern that is meant may have the next slip in it: at most so many are mended. */
const MOST_SLIPS = 4

/** What is wrong with a datetime pattern that Spark accepts but reads in another way than its author means. */
export function patternProblem(pattern: string): string | undefined {
  const first = slipOf(pattern)
  let meant = first?.meant ?? ''
  for (let slips = 1; slips < MOST_SLIPS; slips += 1) meant = slipOf(meant)?.meant ?? meant
  return first && `"${pattern}" ${first.why(meant)}`
}

function slipOf(pattern: string): Finding | undefined {
  if (/%-?[A-Za-z]/.test(pattern))
    return { why: (meant) => `is a pattern of strftime; Spark's is "${meant}"`, meant: fromStrftime(pattern) }
  // Text in quotes is literal.
  const letters = pattern.replaceAll(/'[^']*'/g, '')
  const replaced = (wrong: RegExp, right: string) =>
    pattern.replaceAll(/'[^']*'|[^']+/g, (part) => (part.startsWith("'") ? part : part.replace(wrong, right)))
  if (/HH(12|24)|MI/i.test(letters)) return { why: (meant) => `is a pattern of SQL; Spark's is "${meant}"`, meant: fromSql(pattern) }
  if (/Y/.test(letters)) {
    const years = replaced(/Y/g, 'y').replaceAll(/D+/g, (days) => (days.length < 3 ? days.toLowerCase() : days))
    return { why: (meant) => `counts years by weeks (Y), which Spark does not read; you mean "${meant}"`, meant: years }
  }
  if (/D/.test(letters) && /M/.test(letters))
    return { why: (meant) => `counts days from January 1st (D); the day of a month is d: "${meant}"`, meant: replaced(/D/g, 'd') }
  if (/m/.test(letters) && !/[HhKk]/.test(letters))
    return { why: (meant) => `has minutes (m) and no hour; months are M: "${meant}"`, meant: replaced(/m/g, 'M') }
  if (/[HhKk]+[^A-Za-z]*M/.test(letters))
    return {
      why: (meant) => `has a month (M) behind the hour; minutes are m: "${meant}"`,
      meant: replaced(/([HhKk]+[^A-Za-z]*)M+/g, '$1mm'),
    }
  if (/[hK]/.test(letters) && !/[aB]/.test(letters)) {
    const why = (meant: string) => `has the hour of a 12-hour clock (h) and no a (AM or PM); a 24-hour clock is H: "${meant}"`
    return { why, meant: replaced(/h/g, 'H').replaceAll('K', 'H') }
  }
  if (!/[yuD]/.test(letters) && /[A-Za-z]/.test(letters)) return { why: () => 'has no year (yyyy); a date or time needs one' }
  return undefined
}

const fromSql = (pattern: string) =>
  pattern.replaceAll(/'[^']*'|"[^"]*"|[^'"]+/g, (part) => {
    if (part.startsWith("'")) return part
    // PostgreSQL writes literal text between double quotes.
    if (part.startsWith('"')) return `'${part.slice(1, -1)}'`
    // What is translated already is set apart, so that no later part takes letters of it.
    const found = new RegExp(SQL.map(([part]) => `(?:${part.source})`).join('|'), 'gi')
    return part.replaceAll(found, (word) => SQL.find(([part]) => new RegExp(`^(?:${part.source})$`, 'i').test(word))?.[1] ?? word)
  })

function fromStrftime(pattern: string): string {
  return pattern.replaceAll(/%(-?[A-Za-z])|([A-Za-z]+)/g, (whole, directive: string | undefined) =>
    directive === undefined ? `'${whole}'` : (STRFTIME[directive] ?? whole),
  )
}
