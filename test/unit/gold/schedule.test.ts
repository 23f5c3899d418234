import { describe, expect, it } from 'vitest'
import { nextTime, scheduleProblem } from '../../../functions/domain/contract/fields/schedule.ts'
import { dueAfter, scheduleEvent } from '../../../laptop/lambda/schedules.ts'

describe('a schedule', () => {
  // Examples of AWS's page on schedules of rules; 2026-11-28 is a Saturday.
  it.each([
    ['rate(1 minute)', '2026-11-28T10:01:00.000Z'],
    ['rate(5 minutes)', '2026-11-28T10:05:00.000Z'],
    ['rate(1 hour)', '2026-11-28T11:00:00.000Z'],
    ['rate(1 day)', '2026-11-29T10:00:00.000Z'],
    ['cron(0 10 * * ? *)', '2026-11-29T10:00:00.000Z'],
    ['cron(15 12 * * ? *)', '2026-11-28T12:15:00.000Z'],
    ['cron(0 18 ? * MON-FRI *)', '2026-11-30T18:00:00.000Z'],
    ['cron(0 8 1 * ? *)', '2026-12-01T08:00:00.000Z'],
    ['cron(0/15 * * * ? *)', '2026-11-28T10:15:00.000Z'],
    ['cron(0/10 * ? * MON-FRI *)', '2026-11-30T00:00:00.000Z'],
    ['cron(0/5 8-17 ? * MON-FRI *)', '2026-11-30T08:00:00.000Z'],
    ['cron(0 9 ? * 2#1 *)', '2026-12-07T09:00:00.000Z'],
    ['cron(0 9 ? * 6L 2027-2028)', '2027-01-29T09:00:00.000Z'],
    ['cron(0 6 L * ? *)', '2026-11-30T06:00:00.000Z'],
  ])('%s comes by next at %s', (schedule, time) => {
    expect(scheduleProblem(schedule)).toBeUndefined()
    expect(nextTime(schedule, new Date('2026-11-28T10:00:00Z'))?.toISOString()).toBe(time)
  })

  it.each([
    ['rate(0 minutes)', /shortest is rate\(1 minute\)/],
    ['rate(1 hours)', /so it is rate\(1 hour\)/],
    ['rate(5 minute)', /so it is rate\(5 minutes\)/],
    ['rate(1 second)', /must be rate/],
    ['cron(0 6 * * *)', /must be rate/],
    ['cron(0 6 ? * ? *)', /\? in one of/],
    ['cron(61 6 * * ? *)', /never comes/],
    ['cron(0 9 ? * 2#6 *)', /never comes/],
    ['cron(a b c d ? f)', /must be rate/],
  ])('%s is refused', (schedule, problem) => {
    expect(scheduleProblem(schedule)).toMatch(problem)
  })

  it('of a gold dataset tells its queue which dataset is due, and since when', () => {
    const transformer = { InputPathsMap: { dueAt: '$.time' }, InputTemplate: '{"dataset":"monthly","dueAt":<dueAt>}' }
    const schedule = { name: 's', expression: 'cron(0 6 * * ? *)', targetArn: 'arn:aws:sqs:us-east-1:1:crawls', transformer }
    const due = dueAfter(schedule, new Date('2026-11-28T10:00:00Z')) as Date
    expect(scheduleEvent(schedule, due)).toEqual({ dataset: 'monthly', dueAt: '2026-11-29T06:00:00Z' })
  })
})
