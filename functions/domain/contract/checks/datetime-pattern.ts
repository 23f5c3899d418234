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

/** What is wrong with a datetime pattern that Spark accepts but reads in another way than its author means. */
export function patternProblem(pattern: string): string | undefined {
  if (/%-?[A-Za-z]/.test(pattern)) return `"${pattern}" is a pattern of strftime; Spark's is "${fromStrftime(pattern)}"`
  // Text in quotes is literal.
  const letters = pattern.replaceAll(/'[^']*'/g, '')
  const meant = (wrong: RegExp, right: string) =>
    pattern.replaceAll(/'[^']*'|[^']+/g, (part) => (part.startsWith("'") ? part : part.replace(wrong, right)))
  if (/Y/.test(letters)) {
    const years = meant(/Y/g, 'y').replaceAll(/D+/g, (days) => (days.length < 3 ? days.toLowerCase() : days))
    return `"${pattern}" counts years by weeks (Y), which Spark does not read; you mean "${years}"`
  }
  if (/D/.test(letters) && /M/.test(letters))
    return `"${pattern}" counts days from January 1st (D); the day of a month is d: "${meant(/D/g, 'd')}"`
  if (/m/.test(letters) && !/[HhKk]/.test(letters)) {
    return `"${pattern}" has minutes (m) and no hour; months are M: "${meant(/m/g, 'M')}"`
  }
  if (/[HhKk]+[^A-Za-z]*M/.test(letters))
    return `"${pattern}" has a month (M) behind the hour; minutes are m: "${meant(/([HhKk]+[^A-Za-z]*)M+/g, '$1mm')}"`
  if (/[hK]/.test(letters) && !/[aB]/.test(letters)) {
    return `"${pattern}" has the hour of a 12-hour clock (h) and no a (AM or PM); a 24-hour clock is H: "${meant(/h/g, 'H').replaceAll('K', 'H')}"`
  }
  if (!/[yuD]/.test(letters) && /[A-Za-z]/.test(letters)) return `"${pattern}" has no year (yyyy); a date or time needs one`
  return undefined
}

function fromStrftime(pattern: string): string {
  return pattern.replaceAll(/%(-?[A-Za-z])|([A-Za-z]+)/g, (whole, directive: string | undefined) =>
    directive === undefined ? `'${whole}'` : (STRFTIME[directive] ?? whole),
  )
}
