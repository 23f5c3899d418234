import { ACCOUNT_ID, type Clients, REGION } from '../aws/clients.ts'
import { createServiceAccess } from '../iam/service-access.ts'
import { dependencies } from './dependencies.ts'
import { resolve, type Scope } from './intrinsics.ts'
import type { Host, Made, ResourceType } from './resource-type.ts'
import { computeTypes } from './resources/compute.ts'
import { glueTypes } from './resources/glue.ts'
import { mappingTypes } from './resources/mappings.ts'
import { messagingTypes } from './resources/messaging.ts'
import { monitoringTypes } from './resources/monitoring.ts'
import { noEffectTypes } from './resources/no-effect.ts'
import { policyTypes } from './resources/policies.ts'
import { scheduleTypes } from './resources/schedules.ts'
import { storageTypes } from './resources/storage.ts'
import { type Template, TemplateError, type Value } from './template.ts'

const TYPES: Record<string, ResourceType> = {
  ...storageTypes,
  ...messagingTypes,
  ...glueTypes,
  ...computeTypes,
  ...mappingTypes,
  ...scheduleTypes,
  ...policyTypes,
  ...monitoringTypes,
  ...noEffectTypes,
}

export interface Stack {
  made: Map<string, Made>
  outputs: Record<string, Value>
  /** The resolved value of a template expression, after all resources exist. */
  resolve(value: Value): Value
}

/** Makes everything that the template declares, each resource as soon as what it names is there. */
export async function provision(
  template: Template,
  options: { stackName: string; clients: Clients; host: Host; parameters?: Record<string, Value> },
): Promise<Stack> {
  const unknown = Object.entries(template.Resources).filter(([, { Type }]) => !TYPES[Type])
  if (unknown.length > 0) {
    const named = unknown.map(([id, { Type }]) => `${id} (${Type})`).join(', ')
    throw new TemplateError(
      `The laptop does not support ${named}: add it to laptop/cloudformation/resources, or list its type in no-effect.ts`,
    )
  }
  const made = new Map<string, Made>()
  const scope = scopeOf(template, options, made)
  const access = createServiceAccess()
  const graph = dependencies(template)
  const making = new Map<string, Promise<void>>()
  const make = (id: string): Promise<void> => {
    const begun = making.get(id)
    if (begun) return begun
    const work = (async () => {
      await Promise.all((graph.get(id) ?? []).map(make))
      const { Type, Condition, Properties = {} } = template.Resources[id] as Template['Resources'][string]
      if (Condition && !scope.condition(Condition)) return
      const properties = named(id, () => resolve(Properties, scope)) as Record<string, never>
      const { clients, host } = options
      const context = { id, clients, host, access, generatedName: generatedName(options.stackName, id, Type) }
      made.set(id, await (TYPES[Type] as ResourceType)(properties, context).catch((error) => refuse(id, Type, error)))
    })()
    making.set(id, work)
    return work
  }
  await Promise.all(Object.keys(template.Resources).map(make))
  const problems = access.problems()
  if (problems.length > 0) throw new TemplateError(problems.join('\n'))
  const outputs = Object.entries(template.Outputs ?? {}).filter(([, output]) => !output.Condition || scope.condition(output.Condition))
  return {
    made,
    resolve: (value) => resolve(value, scope) as Value,
    outputs: Object.fromEntries(outputs.map(([name, output]) => [name, named(name, () => resolve(output.Value, scope))])),
  }
}

function scopeOf(
  template: Template,
  { stackName, parameters = {} }: { stackName: string; parameters?: Record<string, Value> },
  made: Map<string, Made>,
): Scope {
  const pseudo: Record<string, Value> = {
    'AWS::AccountId': ACCOUNT_ID,
    'AWS::Region': REGION,
    'AWS::Partition': 'aws',
    'AWS::URLSuffix': 'amazonaws.com',
    'AWS::StackName': stackName,
    'AWS::StackId': `arn:aws:cloudformation:${REGION}:${ACCOUNT_ID}:stack/${stackName}/local`,
    'AWS::NotificationARNs': [],
  }
  const find = (id: string) => {
    const resource = made.get(id)
    if (!resource) throw new TemplateError(`there is no resource, parameter or pseudo parameter ${id}`)
    return resource
  }
  const scope: Scope = {
    ref(name) {
      const value = pseudo[name] ?? parameters[name] ?? template.Parameters?.[name]?.Default
      return value ?? find(name).ref
    },
    attribute(id, attribute) {
      const value = find(id).attributes?.[attribute]
      if (value === undefined)
        throw new TemplateError(`${id} (${template.Resources[id]?.Type}) has no attribute ${attribute} on the laptop`)
      return value
    },
    condition(name) {
      const condition = template.Conditions?.[name]
      if (condition === undefined) throw new TemplateError(`there is no condition ${name}`)
      return resolve(condition, scope) === true
    },
    mapping(map, first, second) {
      const value = template.Mappings?.[map]?.[first]?.[second]
      if (value === undefined) throw new TemplateError(`there is no mapping ${map}.${first}.${second}`)
      return value
    },
  }
  return scope
}

function named<T>(id: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw error instanceof TemplateError ? new TemplateError(`${id}: ${error.message}`) : error
  }
}

function refuse(id: string, type: string, error: unknown): never {
  if (error instanceof TemplateError) throw error
  throw new TemplateError(`${id} (${type}) could not be created: ${error instanceof Error ? error.message : String(error)}`, {
    cause: error,
  })
}

function generatedName(stackName: string, id: string, type: string): string {
  const name = `${stackName}-${id}`
  return type === 'AWS::S3::Bucket' ? name.toLowerCase().slice(0, 63) : name
}
