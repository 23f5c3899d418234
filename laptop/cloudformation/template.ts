/** A CloudFormation template after packaging, as far as the laptop reads it. */
export type Value = string | number | boolean | null | Value[] | { [key: string]: Value }

export interface Resource {
  Type: string
  Properties?: { [key: string]: Value }
  DependsOn?: string | string[]
  Condition?: string
  [attribute: string]: unknown
}
export interface Template {
  Parameters?: Record<string, { Type: string; Default?: Value }>
  Conditions?: Record<string, Value>
  Mappings?: Record<string, Record<string, Record<string, Value>>>
  Resources: Record<string, Resource>
  Outputs?: Record<string, { Value: Value; Condition?: string }>
}

/** The template is wrong, or asks for what the laptop does not have; the message names the resource. */
export class TemplateError extends Error {
  override readonly name = 'TemplateError'
}
