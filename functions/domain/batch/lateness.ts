import { daysOf, type Expectation, secondsOf } from '../contract/fields/expect.ts'

const DAY_MS = 86_400_000

/**
 * When the next batch is to be published, given when the last one was. Without `by`, `every` after it. With `by`, the last batch was for the deadline
 * that is nearest to it, be it a little late or early; the next is due `every` days later, at the same time of the day in `time_zone` (UTC without one).
 */
export function dueAt({ every, by, time_zone: zone = 'UTC' }: Expectation, lastPublishedAt: Date): Date {
  const days = daysOf(every)
  if (by === undefined || days === undefined) return new Date(lastPublishedAt.getTime() + 1000 * secondsOf(every))
  const today = localDay(lastPublishedAt, zone)
  const distance = (day: number) => Math.abs(instantOf(day, by, zone) - lastPublishedAt.getTime())
  const nearest = [today - 1, today, today + 1].reduce((best, day) => (distance(day) < distance(best) ? day : best))
  return new Date(instantOf(nearest + days, by, zone))
}

/** How a dataset of which data was last published then keeps to its contract. */
export function expectationAt(now: Date, expect: Expectation, lastPublishedAt: Date): { dueAt: string; late: boolean; inWords: string } {
  const due = dueAt(expect, lastPublishedAt)
  return { dueAt: due.toISOString(), late: now > due, inWords: expectationInWords(expect) }
}

/** In words, after "expected". */
export const expectationInWords = ({ every, by, time_zone: zone = 'UTC' }: Expectation) => `every ${every}${by ? ` by ${by} ${zone}` : ''}`

/** Days since 1970-01-01 of the date that the clock on the wall shows. */
const localDay = (when: Date, zone: string) => Math.floor((when.getTime() + offsetMs(when.getTime(), zone)) / DAY_MS)

function instantOf(day: number, by: string, zone: string): number {
  const [hours = 0, minutes = 0] = by.split(':').map(Number)
  const wall = day * DAY_MS + (60 * hours + minutes) * 60_000
  // The offset is that of the instant, which is not known yet: a second look settles it, except within an hour that a clock change leaves out.
  return wall - offsetMs(wall - offsetMs(wall, zone), zone)
}

/** What the clock on the wall is ahead of UTC. */
function offsetMs(instant: number, zone: string): number {
  if (zone === 'UTC') return 0
  const whole = Math.floor(instant / 1000) * 1000
  const parts = Object.fromEntries(
    formatter(zone)
      .formatToParts(whole)
      .map(({ type, value }) => [type, Number(value)]),
  )
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts
  return Date.UTC(year, month - 1, day, hour, minute, second) - whole
}

const formatters = new Map<string, Intl.DateTimeFormat>()
function formatter(timeZone: string): Intl.DateTimeFormat {
  const known = formatters.get(timeZone)
  if (known) return known
  const numeric = { year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric', second: 'numeric' } as const
  const made = new Intl.DateTimeFormat('en', { timeZone, hourCycle: 'h23', ...numeric })
  formatters.set(timeZone, made)
  return made
}
