import { TemplateError, type Value } from './template.ts'

/** The values of references while a template is resolved. */
export interface Scope {
  /** A resource's, parameter's or pseudo parameter's Ref. */
  ref(name: string): Value
  attribute(resource: string, attribute: string): Value
  condition(name: string): boolean
  mapping(map: string, first: string, second: string): Value
}

export const NO_VALUE = Symbol('AWS::NoValue')
type Resolved = Value | typeof NO_VALUE
type Resolve = (argument: Value, scope: Scope) => Resolved

/** Intrinsic functions, by their long names; each gets its argument unresolved. */
const FUNCTIONS: Record<string, Resolve> = {
  Ref: (name, scope) => (name === 'AWS::NoValue' ? NO_VALUE : scope.ref(text(name))),
  'Fn::GetAtt': (argument, scope) => {
    const [resource, ...attribute] = typeof argument === 'string' ? argument.split('.') : list(argument)
    return scope.attribute(text(resource), attribute.map(text).join('.'))
  },
  'Fn::Sub': (argument, scope) => {
    const [template, variables = {}] = Array.isArray(argument) ? argument : [argument]
    const own = resolve(variables, scope) as Record<string, Value>
    return text(template).replace(/\$\{(!?)([^}]+)\}/g, (whole, literal: string, name: string) => {
      if (literal) return `\${${name}}`
      if (Object.hasOwn(own, name)) return text(own[name])
      const dot = name.indexOf('.')
      if (dot > 0) return text(scope.attribute(name.slice(0, dot), name.slice(dot + 1)))
      return name.trim() === '' ? whole : text(scope.ref(name.trim()))
    })
  },
  'Fn::Join': (argument, scope) => {
    const [separator, parts] = list(argument)
    return list(resolve(parts as Value, scope))
      .map(text)
      .join(text(separator))
  },
  'Fn::Select': (argument, scope) => {
    const [index, values] = list(argument)
    const chosen = list(resolve(values as Value, scope))[Number(resolve(index as Value, scope))]
    if (chosen === undefined) throw new TemplateError(`Fn::Select has no element ${JSON.stringify(index)}`)
    return chosen
  },
  'Fn::Split': (argument, scope) => {
    const [separator, value] = list(argument)
    return text(resolve(value as Value, scope)).split(text(separator))
  },
  'Fn::If': (argument, scope) => {
    const [condition, yes, no] = list(argument)
    return resolveOptional((scope.condition(text(condition)) ? yes : no) as Value, scope)
  },
  'Fn::Equals': (argument, scope) => {
    const [left, right] = list(resolve(argument, scope))
    return JSON.stringify(left) === JSON.stringify(right)
  },
  'Fn::And': (argument, scope) => list(argument).every((part) => resolve(part, scope) === true),
  'Fn::Or': (argument, scope) => list(argument).some((part) => resolve(part, scope) === true),
  'Fn::Not': (argument, scope) => resolve(list(argument)[0] as Value, scope) !== true,
  Condition: (argument, scope) => scope.condition(text(argument)),
  'Fn::FindInMap': (argument, scope) => {
    const [map, first, second] = list(resolve(argument, scope)).map(text) as [string, string, string]
    return scope.mapping(map, first, second)
  },
  'Fn::Base64': (argument, scope) => Buffer.from(text(resolve(argument, scope))).toString('base64'),
  'Fn::ToJsonString': (argument, scope) => JSON.stringify(resolve(argument, scope)),
}

/** The value with every intrinsic function replaced by its result. */
export function resolve(value: Value, scope: Scope): Value {
  const resolved = resolveOptional(value, scope)
  if (resolved === NO_VALUE) throw new TemplateError('AWS::NoValue is used where a value is needed')
  return resolved
}

function resolveOptional(value: Value, scope: Scope): Resolved {
  if (Array.isArray(value)) {
    return value.map((item) => resolveOptional(item, scope)).filter((item) => item !== NO_VALUE)
  }
  if (value === null || typeof value !== 'object') return value
  const keys = Object.keys(value)
  const [name] = keys
  if (keys.length === 1 && name !== undefined) {
    const intrinsic = FUNCTIONS[name]
    // `Condition` is also an ordinary key, of IAM statements for one; there it holds an object.
    if (intrinsic && !(name === 'Condition' && typeof value[name] !== 'string')) return intrinsic(value[name] as Value, scope)
    if (name.startsWith('Fn::')) throw new TemplateError(`${name} is not known on the laptop`)
  }
  const entries = Object.entries(value).map(([key, part]) => [key, resolveOptional(part, scope)] as const)
  return Object.fromEntries(entries.filter((entry): entry is [string, Value] => entry[1] !== NO_VALUE))
}

function list(value: Value | undefined): Value[] {
  if (!Array.isArray(value)) throw new TemplateError(`a list is needed, not ${JSON.stringify(value)}`)
  return value
}

function text(value: Value | undefined): string {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return String(value)
  throw new TemplateError(`a text is needed, not ${JSON.stringify(value)}`)
}
