import { z } from 'zod'
import { canonicalSequencer, type LandingEvent } from '../landing/landing.ts'

/** What a rule sends to the crawls queue when the schedule of a gold dataset comes by. */
export const scheduledStartSchema = z.object({ dataset: z.string().min(1), dueAt: z.iso.datetime() })
export type ScheduledStart = z.infer<typeof scheduledStartSchema>

/** Kept as a landing whose key no file has, beside the publications that it lets begin. */
const PREFIX = 'scheduled/'
export const isScheduledStart = (key: string) => key.startsWith(PREFIX)

/** The same of each delivery, so that a repeated one changes nothing. */
export const scheduledLanding = ({ dataset, dueAt }: ScheduledStart, recordedAt: string): LandingEvent => ({
  dataset,
  key: `${PREFIX}${dueAt}`,
  sequencer: canonicalSequencer(Date.parse(dueAt).toString(16)) as string,
  size: 0,
  etag: '',
  partition: {},
  landedAt: dueAt,
  recordedAt,
  deleted: false,
})
