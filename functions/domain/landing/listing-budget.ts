/**
 * How many pages of 1,000 raw objects the sweep may list. A listing costs by what is there, not by what has changed, so it is not done whole at each
 * sweep: a dataset of up to 5,000 objects is listed every 15 minutes, one of a million in two days, and none costs more than this a day.
 */
const PAGES_A_DAY = 500
/** Saved up for a run at most, which is also what one run has time for. */
export const PAGES_A_RUN = 100

export function pagesAllowed(cursor: { pages: number; at: string }, now: string): number {
  const days = Math.max(0, Date.parse(now) - Date.parse(cursor.at)) / 86_400_000
  return Math.min(PAGES_A_RUN, cursor.pages + days * PAGES_A_DAY)
}
