import type { Frame, Outcome, Visit } from './engine.ts'
import { queryEvaluationError } from './errors.ts'
import { evaluate } from './expressions/evaluate.ts'
import { checkPayload, MAX_WAIT_SECONDS } from './limits.ts'
import type { Json, JsonObject } from './types.ts'

/** `$states.context` as a state sees it. */
export function contextOf(visit: Visit, taskToken?: string): JsonObject {
  const { engine, map } = visit.frame
  const retries: JsonObject = ['Task', 'Parallel', 'Map'].includes(visit.state.Type) ? { RetryCount: visit.retryCount } : {}
  return {
    ...engine.context,
    State: { Name: visit.name, EnteredTime: visit.enteredTime, ...retries },
    ...(map ? { Map: map } : {}),
    ...(taskToken ? { Task: { Token: taskToken } } : {}),
  }
}

export const described = (visit: Visit, text: string) =>
  `An error occurred while executing the state '${visit.name}' (entered at the event id #${visit.enteredEventId}). ${text}`

/** Extra parts of `$states`, and a token or Map item for the context. */
export interface Also {
  result?: Json
  errorOutput?: Json
  taskToken?: string
  map?: JsonObject
}

export function evaluateIn(visit: Visit, template: Json, location: string, also: Also = {}): Promise<Json> {
  // In a JSONPath state only literals were accepted, and `{% %}` is one of them there.
  if (visit.state.QueryLanguage === 'JSONPath') return Promise.resolve(template)
  const { taskToken, map, ...parts } = also
  const context = contextOf(visit, taskToken)
  return evaluate(template, location, {
    states: { input: visit.input, context: map ? { ...context, Map: map } : context, ...parts },
    variables: visit.frame.scope.visible,
    now: () => visit.frame.engine.clock.now(),
    describe: (text) => described(visit, text),
  })
}

type JsonType = 'array' | 'object' | 'string' | 'number' | 'integer' | 'boolean'

/** Evaluates a field whose type is fixed; a literal of the wrong type was refused at load. */
export async function evaluateAs(visit: Visit, template: Json, location: string, expected: JsonType[], also?: Also): Promise<Json> {
  const value = await evaluateIn(visit, template, location, also)
  const actual = typeOf(value)
  if (expected.some((type) => type === actual) || (actual === 'integer' && expected.includes('number'))) return value
  const text = `The JSONata expression '${String(template).replace(/^\{%\s*|\s*%\}$/g, '')}' specified for the field '${location}' returned an unexpected result type. Expected '${expected[0]}', but was '${actual === 'integer' ? 'number' : actual}' for value: ${JSON.stringify(value)}`
  throw queryEvaluationError(described(visit, text), location)
}

/** A whole number of at least zero, or undefined when the field is absent. */
export async function evaluateCount(visit: Visit, template: Json | undefined, location: string): Promise<number | undefined> {
  if (template === undefined) return undefined
  const value = (await evaluateAs(visit, template, location, ['integer'])) as number
  if (value < 0) throw queryEvaluationError(described(visit, `The field '${location}' cannot be negative but was: ${value}`), location)
  return value
}

/** Seconds that a task may take: from one to about three years. */
export async function evaluateSeconds(visit: Visit, template: Json | undefined, location: string): Promise<number | undefined> {
  const value = await evaluateCount(visit, template, location)
  if (value === undefined || (value > 0 && value <= MAX_WAIT_SECONDS)) return value
  const text = `The field '${location}' must be an integer between 1 and ${MAX_WAIT_SECONDS} but was: ${value}`
  throw queryEvaluationError(described(visit, text), location)
}

/** Share of a Map Run's items that may fail, from 0 to 100. */
export async function evaluatePercentage(visit: Visit, template: Json | undefined, location: string): Promise<number | undefined> {
  if (template === undefined) return undefined
  const value = (await evaluateAs(visit, template, location, ['number'])) as number
  if (value >= 0 && value <= 100) return value
  throw queryEvaluationError(described(visit, `The field '${location}' must be between 0 and 100 but was: ${value}`), location)
}

function typeOf(value: Json): JsonType | 'null' {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'array'
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number'
  return typeof value as JsonType
}

/** Ends a visit: Output and Assign both see the variables as they were on entry. */
export async function settle(
  visit: Visit,
  parts: { next: string | undefined; Output?: Json; Assign?: JsonObject; otherwise: Json; prefix?: string } & Also,
): Promise<Outcome> {
  const { next, Output, Assign, otherwise, prefix = '', ...also } = parts
  const output = Output === undefined ? otherwise : await evaluateIn(visit, Output, `${prefix}Output`, also)
  const assigned = Assign === undefined ? {} : await evaluateIn(visit, Assign, `${prefix}Assign`, also)
  return { next, output: checkPayload(output, visit.name), assigned: checkPayload(assigned as JsonObject, visit.name) }
}

export const nextOf = (visit: Visit): string | undefined => visit.state.Next

/** A frame for a branch or an iteration of this visit. */
export function innerFrame(visit: Visit, parts: Pick<Frame, 'scope' | 'signal' | 'cursor' | 'progress'> & { map?: JsonObject }): Frame {
  const { engine, map } = visit.frame
  return { engine, map, isInner: true, ...parts }
}
