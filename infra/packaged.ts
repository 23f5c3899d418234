import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Resources, Template, Value } from './packaging/template/template.ts'

/** What `npm run package` left in a folder, for the readers of templates: the laptop, the gates, the reports. */
export interface Package {
  /** The whole service as one template: nested stacks are unfolded, their parameters replaced by the parent's values. */
  template: Template
  /** Each template as CloudFormation will be given it, by the file's path. */
  files: Record<string, Template>
  /** Key prefix in ServerlessDeploymentBucket of what is below `<folder>/artifacts/`. */
  artifactPrefix: string
}

const TEMPLATE = 'cloudformation-template-update-stack.json'
const NESTED = /\/([^/{}]+\/[^/{}]+\/artifacts\/)(stacks\/[^/]+\.json)$/

export function readPackage(folder: string): Package {
  const main = readTemplate(join(folder, TEMPLATE))
  const files = { [join(folder, TEMPLATE)]: main }
  const resources: Resources = {}
  let artifactPrefix = ''
  const stacks = new Map<string, string[]>()
  for (const [id, resource] of Object.entries(main.Resources)) {
    if (resource.Type !== 'AWS::CloudFormation::Stack') {
      resources[id] = resource
      continue
    }
    const { TemplateURL, Parameters } = resource.Properties as { TemplateURL: { 'Fn::Sub': string }; Parameters: Record<string, Value> }
    const [, prefix, key] = NESTED.exec(TemplateURL['Fn::Sub']) ?? []
    if (!prefix || !key) throw new Error(`${id} has a template that was not packaged: ${TemplateURL['Fn::Sub']}`)
    artifactPrefix = prefix
    const file = join(folder, 'artifacts', key)
    files[file] = readTemplate(file)
    const unfolded = unfold(id, files[file].Resources, Parameters, [resource.DependsOn ?? []].flat() as string[])
    stacks.set(id, Object.keys(unfolded))
    Object.assign(resources, unfolded)
  }
  // What waits for a stack waits for all that is in it.
  for (const [id, { DependsOn, ...resource }] of Object.entries(resources)) {
    const named = [DependsOn ?? []].flat().map(String)
    if (named.some((name) => stacks.has(name)))
      resources[id] = { ...resource, DependsOn: named.flatMap((name) => stacks.get(name) ?? [name]) } as Resources[string]
  }
  return { template: { ...main, Resources: resources }, files, artifactPrefix }
}

function readTemplate(file: string): Template {
  if (!existsSync(file)) throw new Error(`${file} is missing; run \`npm run package\``)
  return JSON.parse(readFileSync(file, 'utf8')) as Template
}

/** The nested stack's resources as the parent could have written them: ids get the stack's in front. */
export function unfold(stackId: string, resources: Resources, parameters: Record<string, Value>, stackDependsOn: string[]): Resources {
  const rename = (id: string) => (id in resources ? stackId + id : id)
  const translate = (value: Value): Value => {
    if (Array.isArray(value)) return value.map(translate)
    if (value === null || typeof value !== 'object') return value
    if (typeof value.Ref === 'string') return parameters[value.Ref] ?? { Ref: rename(value.Ref) }
    const attribute = value['Fn::GetAtt']
    if (Array.isArray(attribute)) return { 'Fn::GetAtt': [rename(String(attribute[0])), ...attribute.slice(1)] }
    const text = value['Fn::Sub']
    if (typeof text === 'string') return substitute(text, parameters, rename)
    return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, translate(part as Value)]))
  }
  return Object.fromEntries(
    Object.entries(resources).map(([id, { DependsOn, ...resource }]) => {
      const own = [DependsOn ?? []].flat().map((name) => rename(String(name)))
      return [stackId + id, { ...(translate(resource as Value) as Resources[string]), DependsOn: [...stackDependsOn, ...own] }]
    }),
  )
}

function substitute(text: string, parameters: Record<string, Value>, rename: (id: string) => string): Value {
  const used = Object.fromEntries(Object.entries(parameters).filter(([name]) => text.includes(`\${${name}}`)))
  const renamed = text.replace(/\$\{(\w+)(\.\w+)?\}/g, (_, id: string, attribute = '') => `\${${rename(id)}${attribute}}`)
  return { 'Fn::Sub': Object.keys(used).length === 0 ? renamed : [renamed, used] }
}
