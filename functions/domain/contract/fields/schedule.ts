import awsCron from 'aws-cron-parser'
import { z } from 'zod'

const RATE = /^rate\((\d+) (minute|hour|day)s?\)$/
const MILLISECONDS = { minute: 60_000, hour: 3_600_000, day: 86_400_000 } as const
/** Six fields, of which one of day of month and day of week is `?`. */
const CRON = /^cron\(((?:[\dA-Z,\-*/?#]+ ){5}[\d,\-*/]+)\)$/

/**
 * What is wrong with a schedule as EventBridge has it (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html);
 * undefined of a good one.
 */
export function scheduleProblem(text: string): string | undefined {
  const rate = RATE.exec(text)
  if (rate) {
    const one = Number(rate[1]) === 1
    if (Number(rate[1]) < 1) return 'has a rate of nothing; the shortest is rate(1 minute)'
    return text.endsWith('s)') === one ? `has ${one ? 'one' : 'several'}, so it is rate(${rate[1]} ${rate[2]}${one ? '' : 's'})` : undefined
  }
  const fields = CRON.exec(text)?.[1]?.split(' ')
  if (fields === undefined)
    return 'must be rate(1 hour), or cron(0 6 * * ? *) with minute, hour, day of month, month, day of week and year in UTC'
  if ((fields[2] === '?') === (fields[4] === '?')) return 'must have ? in one of day of month and day of week, and not in both'
  return nextTime(text, new Date(0)) === undefined ? 'has a time that never comes; look at its fields' : undefined
}

/** When the schedule comes by next; undefined where it never does. A rate counts from `after`. */
export function nextTime(schedule: string, after: Date): Date | undefined {
  const [, count, unit] = RATE.exec(schedule) ?? []
  if (count && unit) return new Date(after.getTime() + Number(count) * MILLISECONDS[unit as keyof typeof MILLISECONDS])
  const fields = CRON.exec(schedule)?.[1]
  if (fields === undefined) return undefined
  try {
    return awsCron.next(awsCron.parse(fields), after) ?? undefined
  } catch {
    // The parser has no error of its own for a time that does not exist.
    return undefined
  }
}

export const isSchedule = (text: string): boolean => /^(rate|cron)\(/.test(text)

export const schedule = z.string().superRefine((text, context) => {
  const message = scheduleProblem(text)
  if (message !== undefined) context.addIssue({ code: 'custom', message })
})
