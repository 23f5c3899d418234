import type { ScheduleDefinition } from '../cloudformation/resource-type.ts'
import { TemplateError } from '../cloudformation/template.ts'

const RATE = /^rate\((\d+) (minute|hour|day)s?\)$/
const MINUTES = { minute: 1, hour: 60, day: 1440 }

/** Calls functions at the template's rates, for as long as the pipeline runs. */
export function startSchedules(schedules: ScheduleDefinition[], invoke: (functionArn: string, event: unknown) => Promise<unknown>) {
  const timers = schedules.map((schedule) => {
    const timer = setInterval(() => void invoke(schedule.functionArn, scheduleEvent(schedule)).catch(() => {}), rateMs(schedule))
    timer.unref()
    return timer
  })
  return { stop: () => timers.forEach((timer) => void clearInterval(timer)) }
}

export function rateMs({ name, expression }: ScheduleDefinition): number {
  const [, count, unit] = RATE.exec(expression) ?? []
  if (!count || !unit) throw new TemplateError(`${name}: the laptop's schedules support only rate(…), not ${expression}`)
  return Number(count) * MINUTES[unit as keyof typeof MINUTES] * 60_000
}

export function scheduleEvent({ name, input }: ScheduleDefinition): unknown {
  if (input !== undefined) return JSON.parse(input)
  const resources = [`arn:aws:events:us-east-1:123456789012:rule/${name}`]
  return { version: '0', 'detail-type': 'Scheduled Event', source: 'aws.events', time: new Date().toISOString(), resources, detail: {} }
}
