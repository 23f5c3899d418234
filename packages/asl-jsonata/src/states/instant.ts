/** ISO 8601 extended with an offset, seconds and their fraction optional as java.time reads them; the T is required. */
const OFFSET_DATE_TIME = /^(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2})(?::(\d{2})(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2}(?::\d{2})?)$/

/** Recordings of AWS executions carry this word in place of an instant that had passed. */
const RECORDED_PAST_INSTANT = 'date'

/** Milliseconds since the epoch, or undefined for what is no timestamp (a 13th month and a 25th hour included). */
export function instant(text: string): number | undefined {
  if (text === RECORDED_PAST_INSTANT) return 0
  const parts = OFFSET_DATE_TIME.exec(text)
  if (!parts) return undefined
  const [, date, time, seconds = '00', fraction = '', offset] = parts
  const utc = Date.parse(`${date}T${time}:${seconds}Z`)
  // Date.parse lets 31 February roll over into March, and 24:00 into the next day.
  if (Number.isNaN(utc) || !new Date(utc).toISOString().startsWith(`${date}T${time}`)) return undefined
  const millis = fraction ? Math.floor(Number(`0${fraction}`) * 1000) : 0
  return utc + millis - offsetMs(offset as string)
}

function offsetMs(offset: string): number {
  if (offset === 'Z') return 0
  const [hours = 0, minutes = 0] = offset.slice(1).split(':').map(Number)
  return (offset.startsWith('-') ? -1 : 1) * (hours * 60 + minutes) * 60_000
}
