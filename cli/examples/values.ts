/** A value as a text that is the same for equal values of a column's type, whatever program wrote it. Null stays null. */
export function canonical(value: unknown, written: unknown, type: string): string | null {
  if (value === null || value === undefined) return null
  if (/^(array|map|struct)</.test(type)) return JSON.stringify(typeof value === 'string' ? JSON.parse(value) : value)
  if (Array.isArray(value)) return value.map(String).sort().join(', ')
  const text = typeof written === 'string' ? written : String(value)
  if (/^(decimal|tinyint|smallint|int|bigint)/.test(type)) return plainNumber(text)
  if (/^(double|float)/.test(type)) return String(Number(text))
  if (type.startsWith('timestamp')) return plainTime(text)
  return type === 'boolean' ? text.toLowerCase() : text
}

/** 5.00 and 5 are one number, however many digits it has. */
function plainNumber(text: string): string {
  const found = /^([+-]?)0*(\d+)(?:\.(\d*?)0*)?$/.exec(text.trim())
  if (!found) return text
  const [, sign, whole, part] = found
  const number = part ? `${whole}.${part}` : `${whole}`
  return sign === '-' && /[1-9]/.test(number) ? `-${number}` : number
}

/** 2025-01-01T10:00:00Z and 2025-01-01 10:00:00 are one time, in UTC. */
const plainTime = (text: string) => {
  const time = text.trim().replace('T', ' ').replace(/Z$/, '')
  const whole = /^\d{4}-\d{2}-\d{2}$/.test(time) ? `${time} 00:00:00` : time
  return whole.replace(/\.(\d*?)0+$/, (_, digits: string) => (digits ? `.${digits}` : ''))
}

export const shown = (value: string | null | undefined) =>
  value === null || value === undefined ? 'NULL' : /^[\p{L}\p{N}_ :.,+-]+$/u.test(value) ? value : JSON.stringify(value)
