import { LANDER_CODE_PARAMETER, LANDER_FUNCTION } from '../dataset/streams/lander.ts'
import type { Resources, Template, Value } from '../template/template.ts'
import { type Existing, withExisting } from './existing.ts'
import { type IcebergTable, withIceberg } from './iceberg.ts'
import { withStreams } from './streams.ts'

/** What an estate asks of every template: roles within a boundary, logs that are kept so long. */
export interface EstateRules {
  /** ARN of a managed policy; '' for none. */
  permissionsBoundary: string
  logRetentionDays: number
}

export function underRules(template: Template, { permissionsBoundary, logRetentionDays }: EstateRules): Template {
  const added: Record<string, Record<string, Value>> = {
    'AWS::IAM::Role': permissionsBoundary === '' ? {} : { PermissionsBoundary: permissionsBoundary },
    'AWS::Logs::LogGroup': { RetentionInDays: logRetentionDays },
  }
  const Resources = Object.fromEntries(
    Object.entries(template.Resources).map(([id, resource]) => {
      const properties = added[resource.Type]
      return [id, properties ? { ...resource, Properties: { ...(resource.Properties as object), ...properties } } : resource]
    }),
  )
  return { ...template, Resources }
}

export interface Finishing extends EstateRules {
  /** Those whose table is Iceberg's. */
  icebergTables: IcebergTable[]
  existing: Existing[]
  /** Properties of functions that the framework has no word for, by logical id. */
  functionProperties: Record<string, Record<string, Value>>
}

/** The main template as it is deployed, of what the framework made of serverless.yml. */
export function finished(template: Template, { existing, functionProperties, icebergTables, ...rules }: Finishing): Template {
  const Resources = Object.fromEntries(
    Object.entries(withStreams(withLanderCode(template.Resources))).map(([id, resource]) => [
      id,
      finishedResource(resource, functionProperties[id] ?? {}),
    ]),
  )
  return withExisting(underRules(withIceberg({ ...template, Resources }, icebergTables), rules), existing)
}

// The framework makes each function depend on the role that its properties name already; linters, and moto, object.
function finishedResource(resource: Resources[string], properties: Record<string, Value>): Resources[string] {
  if (resource.Type !== 'AWS::Lambda::Function') return resource
  const given = resource.Properties as { Role?: { 'Fn::GetAtt'?: string[] } }
  const role = given.Role?.['Fn::GetAtt']?.[0]
  const DependsOn = [resource.DependsOn ?? []].flat().filter((id) => id !== role)
  return { ...resource, DependsOn, Properties: { ...(given as object), ...properties } }
}

/** The lander's code, which the framework has packed for a function of the main template, goes to the datasets' stacks; that function goes. */
function withLanderCode(resources: Resources): Resources {
  const { [`${LANDER_FUNCTION}LambdaFunction`]: lander, [`${LANDER_FUNCTION}LogGroup`]: _log, ...others } = resources
  const code = (lander?.Properties as { Code?: { S3Key?: string } } | undefined)?.Code?.S3Key
  for (const { Type, Properties } of Object.values(others)) {
    const { Parameters } = (Properties ?? {}) as { Parameters?: Record<string, Value> }
    if (Type === 'AWS::CloudFormation::Stack' && Parameters && LANDER_CODE_PARAMETER in Parameters)
      Parameters[LANDER_CODE_PARAMETER] = code ?? ''
  }
  return others
}
