import { nextTime, scheduleProblem } from '../../functions/domain/contract/fields/schedule.ts'
import type { ScheduleDefinition } from '../cloudformation/resource-type.ts'
import { TemplateError } from '../cloudformation/template.ts'

/** Node's timers hold no longer delay. */
const LONGEST_DELAY_MS = 2 ** 31 - 1

/** Calls functions, and sends to queues, at the template's times, for as long as the pipeline runs. */
export function startSchedules(schedules: ScheduleDefinition[], deliver: (targetArn: string, event: unknown) => Promise<unknown>) {
  const timers = new Map<ScheduleDefinition, NodeJS.Timeout>()
  const wait = (schedule: ScheduleDefinition, due: Date | undefined) => {
    if (due === undefined) return
    const delay = due.getTime() - Date.now()
    const timer = setTimeout(
      () => {
        if (delay > LONGEST_DELAY_MS) return wait(schedule, due)
        void deliver(schedule.targetArn, scheduleEvent(schedule, due)).catch(() => {})
        wait(schedule, dueAfter(schedule, due))
      },
      Math.min(Math.max(0, delay), LONGEST_DELAY_MS),
    )
    timers.set(schedule, timer.unref())
  }
  const now = new Date()
  for (const schedule of schedules) wait(schedule, dueAfter(schedule, now))
  return {
    stop() {
      for (const timer of timers.values()) clearTimeout(timer)
    },
  }
}

export function dueAfter({ name, expression }: ScheduleDefinition, after: Date): Date | undefined {
  const problem = scheduleProblem(expression)
  if (problem !== undefined) throw new TemplateError(`${name}: the schedule ${expression} ${problem}`)
  return nextTime(expression, after)
}

export function scheduleEvent({ name, input, transformer }: ScheduleDefinition, due: Date): unknown {
  if (input !== undefined) return JSON.parse(input)
  const event = {
    version: '0',
    'detail-type': 'Scheduled Event',
    source: 'aws.events',
    // EventBridge has whole seconds.
    time: due.toISOString().replace(/\.\d+Z$/, 'Z'),
    resources: [`arn:aws:events:us-east-1:123456789012:rule/${name}`],
    detail: {},
  }
  if (transformer === undefined) return event
  const text = transformer.InputTemplate.replace(/<(\w+)>/g, (_, variable: string) =>
    JSON.stringify(event[transformer.InputPathsMap?.[variable]?.replace('$.', '') as 'time']),
  )
  return JSON.parse(text)
}
