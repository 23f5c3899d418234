import jsonata from 'jsonata'
import { queryEvaluationError } from '../errors.ts'
import { MAX_EXPRESSION_MS } from '../limits.ts'
import type { Json } from '../types.ts'
import { awsFunctions } from './functions.ts'

/** What an expression may read. */
export interface Surroundings {
  /** `$states`: input, context, and where they exist result and errorOutput. */
  states: Record<string, Json>
  variables: Record<string, Json>
  now: () => number
  /** Names the state in causes, as AWS words it. */
  describe: (text: string) => string
}

const DELIMITED = /^\{%([\s\S]*)%\}$/
const compiled = new Map<string, jsonata.Expression>()

/** The JSONata between `{%` and `%}`, or undefined for a literal. */
export function expressionIn(value: unknown): string | undefined {
  return typeof value === 'string' ? DELIMITED.exec(value)?.[1]?.trim() : undefined
}

export function compile(expression: string): jsonata.Expression {
  let found = compiled.get(expression)
  if (!found) compiled.set(expression, (found = jsonata(expression, { timeout: MAX_EXPRESSION_MS })))
  return found
}

/** Evaluates every expression in a template; `location` is the field's path, such as `Output/result`. */
export async function evaluate(template: Json, location: string, around: Surroundings): Promise<Json> {
  const expression = expressionIn(template)
  if (expression !== undefined) return evaluateOne(expression, location, around)
  if (Array.isArray(template)) {
    return Promise.all(template.map((item, i) => evaluate(item, `${location}[${i}]`, around)))
  }
  if (template !== null && typeof template === 'object') {
    const entries = Object.entries(template).map(
      async ([key, value]) => [key, await evaluate(value, `${location}/${key}`, around)] as const,
    )
    return Object.fromEntries(await Promise.all(entries))
  }
  return template
}

async function evaluateOne(expression: string, location: string, around: Surroundings): Promise<Json> {
  const failed = (what: string) =>
    queryEvaluationError(around.describe(`The JSONata expression '${expression}' specified for the field '${location}' ${what}`), location)
  let value: unknown
  try {
    const bindings = { ...awsFunctions(around.now()), ...around.variables, states: around.states }
    value = await compile(expression).evaluate(undefined, bindings)
  } catch (thrown) {
    const { code, message } = thrown as { code?: string; message?: string }
    throw failed(`threw an error during evaluation. ${code ? `${code}: ` : ''}${message}`)
  }
  if (value === undefined) throw failed('returned nothing (undefined).')
  try {
    return plainJson(value)
  } catch {
    throw failed('returned an unsupported result type.')
  }
}

/** A copy free of JSONata's sequence marks; functions and regular expressions are no JSON. */
function plainJson(value: unknown): Json {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value
  if (typeof value === 'number' && Number.isFinite(value)) return value + 0
  if (Array.isArray(value)) return value.map((item) => (item === undefined ? null : plainJson(item)))
  if (typeof value === 'object' && !('_jsonata_lambda' in value) && !('_jsonata_function' in value) && !(value instanceof RegExp)) {
    const entries = Object.entries(value).filter(([, item]) => item !== undefined)
    return Object.fromEntries(entries.map(([key, item]) => [key, plainJson(item)]))
  }
  throw new TypeError('not JSON')
}
