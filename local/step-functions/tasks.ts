import { runtimeError } from './errors.ts'
import type { TaskHandler, Tasks } from './types.ts'

/** One function over whatever form the handlers were given in. An unknown resource is a slip of the set-up and no task failure. */
export function taskDispatcher(tasks: Tasks | undefined): TaskHandler {
  if (typeof tasks === 'function') return tasks
  return (call) => {
    const handler = tasks && Object.hasOwn(tasks, call.resource) ? tasks[call.resource] : undefined
    if (!handler) throw runtimeError(`No task handler was given for the resource '${call.resource}'`)
    return handler(call)
  }
}
