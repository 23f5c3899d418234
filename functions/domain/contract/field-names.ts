import { z } from 'zod'
import { didYouMean } from './checks/suggest.ts'
import { contractSchema } from './contract.ts'

interface Schema {
  properties?: Record<string, Schema>
  additionalProperties?: Schema | boolean
  anyOf?: Schema[]
}
let known: Schema | undefined
const root = () => {
  known ??= z.toJSONSchema(contractSchema, { io: 'input' }) as Schema
  return known
}

/** Why a field has no place where it is, and which was meant or where it belongs. */
export function unknownField(path: (string | number)[], name: string): string {
  const here = fieldsAt(root(), path)
  const hint = didYouMean(name, here)
  if (hint !== '') return `is not a field of a contract${hint}`
  const home = placesOf(root(), name).find((place) => place !== path.join('.'))
  if (home === undefined) return `is not a field of a contract; there can be ${here.join(', ')}`
  return `is not a field ${path.length === 0 ? 'here' : `of ${path.join('.')}`}; it belongs ${home === '' ? 'at the top, unindented' : `under ${home}`}`
}

function fieldsAt(schema: Schema, [part, ...rest]: (string | number)[]): string[] {
  const object = schema.properties || schema.additionalProperties ? schema : (schema.anyOf?.find((some) => some.properties) ?? {})
  if (part === undefined) return Object.keys(object.properties ?? {})
  const below = object.properties?.[String(part)] ?? object.additionalProperties
  return typeof below === 'object' ? fieldsAt(below, rest) : []
}

/** Paths of the mappings that have a field of this name. */
function placesOf(schema: Schema, name: string, path: string[] = []): string[] {
  const properties = schema.properties ?? {}
  const deeper = Object.entries(properties).flatMap(([field, below]) => placesOf(below, name, [...path, field]))
  return name in properties ? [path.join('.'), ...deeper] : deeper
}
