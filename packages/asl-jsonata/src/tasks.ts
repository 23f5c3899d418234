import { runtimeError } from './errors.ts'
import type { Refusal, TaskHandler, Tasks } from './types.ts'

/** One function over whatever form the handlers were given in. An unknown resource is a slip of the set-up and no task failure. */
export function taskDispatcher(tasks: Tasks | undefined): TaskHandler {
  if (typeof tasks === 'function') return tasks
  return (call) => {
    const handler = tasks && Object.hasOwn(tasks, call.resource) ? tasks[call.resource] : undefined
    if (!handler) throw runtimeError(`No task handler was given for the resource '${call.resource}'`)
    return handler(call)
  }
}

const ACTIVITY = /^arn:[^:]*:states:[^:]*:[^:]*:activity:/

/** Activities have no workers here, so a Task that calls one could only wait. A handler for its resource, or one for all, replaces it. */
export const refusesActivities =
  (tasks: Tasks | undefined): Refusal =>
  (resource) =>
    !ACTIVITY.test(resource) || typeof tasks === 'function' || (tasks && Object.hasOwn(tasks, resource))
      ? undefined
      : 'activities are not run here, and no handler replaces it'
