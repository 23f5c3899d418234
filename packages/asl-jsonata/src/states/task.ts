import type { Outcome, Visit } from '../engine.ts'
import { asStatesError, runtimeError, type StatesError } from '../errors.ts'
import { payload } from '../history.ts'
import { checkPayload } from '../limits.ts'
import type { Json, JsonObject } from '../types.ts'
import { contextOf, evaluateIn, evaluateSeconds, nextOf, settle } from '../visit.ts'
import { withinTimeouts } from './timeouts.ts'

const CALLBACK = '.waitForTaskToken'

export async function task(visit: Visit): Promise<Outcome> {
  const { state, input } = visit
  const { Output, Assign, Arguments, Resource = '' } = state
  const timeoutSeconds = await evaluateSeconds(visit, state.TimeoutSeconds, 'TimeoutSeconds')
  const heartbeatSeconds = await evaluateSeconds(visit, state.HeartbeatSeconds, 'HeartbeatSeconds')
  const events = eventsOf(visit, Resource)

  let heartbeat = () => {}
  const callback = Resource.includes(CALLBACK) ? visit.frame.engine.tokens.issue(() => heartbeat()) : undefined
  try {
    const token = callback?.token
    const args = Arguments === undefined ? input : await evaluateIn(visit, Arguments, 'Arguments', { taskToken: token })
    // Whose permissions the call would have elsewhere; here every call has those of the machine's role.
    if (state.Credentials !== undefined) await evaluateIn(visit, state.Credentials, 'Credentials')
    checkPayload(args, visit.name)
    events.scheduled(args, timeoutSeconds, heartbeatSeconds)
    const result = await withinTimeouts(visit.frame, { timeoutSeconds, heartbeatSeconds }, async (signal, beat) => {
      heartbeat = beat
      const call = { resource: Resource, arguments: args, timeoutSeconds, heartbeatSeconds, signal, heartbeat: beat }
      const context = contextOf(visit, token)
      events.started()
      const answer = asJson(await visit.frame.engine.callTask({ ...call, context, ...(token ? { taskToken: token } : {}) }))
      if (!callback) return answer
      events.submitted(answer)
      return callback.answer
    })
    checkPayload(result, events.resourceType)
    events.succeeded(result)
    return await settle(visit, { next: nextOf(visit), Output, Assign, otherwise: result, result })
  } catch (thrown) {
    if (!visit.frame.signal.aborted) events.failed(asStatesError(thrown))
    throw thrown
  } finally {
    callback?.forget()
  }
}

/** A handler may return anything; what goes on is what JSON keeps of it. */
function asJson(value: unknown): Json {
  if (value === undefined) return null
  try {
    return JSON.parse(JSON.stringify(value)) as Json
  } catch (thrown) {
    throw runtimeError(`The task returned what is no JSON: ${(thrown as Error).message}`)
  }
}

/** Writes the events of one attempt. Functions named by their own ARN have their own event types. */
function eventsOf(visit: Visit, resourceArn: string) {
  const { history, region } = visit.frame.engine
  const { cursor } = visit.frame
  const isFunction = /^arn:[^:]*:lambda:/.test(resourceArn)
  const [, resourceType, resource] = /^arn:[^:]*:states:[^:]*:[^:]*:(.+):([^:]+)$/.exec(resourceArn) ?? ['', 'task', resourceArn]
  const prefix = isFunction ? 'LambdaFunction' : 'Task'
  const common: JsonObject = isFunction ? {} : { resource: resource as string, resourceType: resourceType as string }
  let isScheduled = false
  let isOver = false
  const record = (type: string, details: Record<string, unknown>) => {
    const all = { ...common, ...details }
    history.record(cursor, prefix + type, Object.keys(all).length > 0 ? all : undefined)
  }
  return {
    resourceType: isFunction ? resourceArn : (resourceType as string),
    scheduled(args: Json, timeoutInSeconds?: number, heartbeatInSeconds?: number) {
      const what = isFunction ? { ...payload('input', args), resource: resourceArn } : { parameters: JSON.stringify(args), region }
      record('Scheduled', { ...what, ...defined({ timeoutInSeconds, heartbeatInSeconds }) })
      isScheduled = true
    },
    started: () => record('Started', {}),
    submitted: (answer: Json) => record('Submitted', payload('output', answer)),
    succeeded(result: Json) {
      record('Succeeded', payload('output', result))
      isOver = true
    },
    failed(error: StatesError) {
      // A failure before the call, or in Output and Assign after it, is the expression's and not the task's.
      if (!isScheduled || isOver) return
      record(error.error === 'States.Timeout' ? 'TimedOut' : 'Failed', defined({ error: error.error, cause: error.reason }))
    },
  }
}

const defined = (values: Record<string, unknown>) => Object.fromEntries(Object.entries(values).filter(([, v]) => v !== undefined))
