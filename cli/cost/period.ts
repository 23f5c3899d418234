export interface Period {
  days: number
  /** ISO; batches count that began since. */
  since: string
  now: Date
}

/** A millionth of a dollar, which is what some calls of a function cost. */
export const DIGITS = 6
const DAYS_A_MONTH = 30
const DAY_MS = 86_400_000

/** A dataset of yesterday must not be taken for one that idled for a month, nor one of this minute for one that never rests. */
export function projectionDays(firstStart: string | undefined, { days, now }: Period): number {
  if (firstStart === undefined) return days
  const age = (now.getTime() - Date.parse(firstStart)) / DAY_MS
  return Math.round(10 * Math.min(days, Math.max(1, age))) / 10
}

export const monthly = (dollars: number, days: number) => Number(((dollars / days) * DAYS_A_MONTH).toFixed(DIGITS))
