import { z } from 'zod'

/** A duration. */
export const EVERY = /^([1-9]\d{0,3}) (minute|hour|day)s?$/
const SECONDS = { minute: 60, hour: 3600, day: 86_400 } as const

/** How often a sweep looks: shorter than that nothing can be expected. */
const LEAST_SECONDS = 900

/** When new rows are to be published. */
export const expectation = z
  .strictObject({
    every: z
      .string()
      .regex(EVERY, 'is a number with minutes, hours or days, such as 1 day')
      .refine(
        (every) => !EVERY.test(every) || secondsOf(every) >= LEAST_SECONDS,
        'must be at least 15 minutes, which is how often Sluice looks',
      ),
    by: z
      .string()
      .regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'is a time of the day in quotes, such as "06:00"')
      .optional(),
    time_zone: z.string().refine(isTimeZone, 'is a name of the IANA time zone database, such as Europe/Berlin').optional(),
  })
  .refine(({ every, by }) => by === undefined || daysOf(every) !== undefined, {
    path: ['every'],
    message: 'must be in days, since by is a time of the day',
  })
  .refine(({ by, time_zone: zone }) => zone === undefined || by !== undefined, {
    path: ['time_zone'],
    message: 'needs by: it is the time zone of that time',
  })

export type Expectation = z.infer<typeof expectation>

/** @param every as the schema has checked it */
export function secondsOf(every: string): number {
  const [, number, unit] = EVERY.exec(every) ?? []
  return Number(number) * SECONDS[unit as keyof typeof SECONDS]
}

/** Undefined for what is not in days. */
export function daysOf(every: string): number | undefined {
  const [, number, unit] = EVERY.exec(every) ?? []
  return unit === 'day' ? Number(number) : undefined
}

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name })
    return true
  } catch {
    return false
  }
}
