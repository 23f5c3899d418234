import type { DefinitionProblem } from '../errors.ts'
import { expressionIn } from '../expressions/evaluate.ts'
import { MAX_WAIT_SECONDS } from '../limits.ts'
import type { JsonObject } from '../types.ts'
import { JSONPATH_FIELDS } from './fields.ts'

export const isObject = (value: unknown): value is JsonObject => value !== null && typeof value === 'object' && !Array.isArray(value)

/** Gathers what is wrong with a definition, with the checks that many places share. */
export class Findings {
  readonly problems: DefinitionProblem[] = []

  add(location: string, message: string): void {
    this.problems.push({ location: location || '/', message })
  }

  unknownFields(node: JsonObject, known: string[], at: string, where = ''): void {
    for (const field of Object.keys(node)) {
      if (known.includes(field)) continue
      const isJsonPath = JSONPATH_FIELDS.has(field) || field.endsWith('.$')
      this.add(
        `${at}/${field}`,
        isJsonPath
          ? `Field '${field}' is JSONPath only; this machine must be JSONata${where}`
          : `Field '${field}' is not supported${where}`,
      )
    }
  }

  required(node: JsonObject, fields: string[], at: string): void {
    const missing = fields.filter((field) => node[field] === undefined)
    if (missing.length > 0) this.add(at, `These fields are required: [${missing.join(', ')}]`)
  }

  /** Literals of the wrong type are found here; an expression's type only when it runs. */
  literal(node: JsonObject, field: string, at: string, expected: string, accepts: (value: unknown) => boolean): void {
    const value = node[field]
    if (value === undefined || expressionIn(value) !== undefined || accepts(value)) return
    this.add(`${at}/${field}`, `Field '${field}' must be ${expected}, not ${JSON.stringify(value)}`)
  }

  positiveInteger(node: JsonObject, field: string, at: string): void {
    this.literal(node, field, at, 'a positive integer', (value) => Number.isInteger(value) && (value as number) > 0)
  }

  seconds(node: JsonObject, field: string, at: string): void {
    const isSeconds = (value: unknown) => Number.isInteger(value) && (value as number) > 0 && (value as number) <= MAX_WAIT_SECONDS
    this.literal(node, field, at, `an integer between 1 and ${MAX_WAIT_SECONDS}`, isSeconds)
  }

  count(node: JsonObject, field: string, at: string): void {
    this.literal(node, field, at, 'an integer of at least 0', (value) => Number.isInteger(value) && (value as number) >= 0)
  }
}
