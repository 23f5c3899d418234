import { beforeAll, describe, expect, it } from 'vitest'
import { resolved } from '../../infra/packaging/template/resolved.ts'
import type { Resources, Value } from '../../infra/packaging/template/template.ts'
import { exceptions, ofType, packagedService, propertiesOf } from './template.ts'

interface Grant {
  role: string
  actions: string[]
  resources: string[]
  conditions: Value | undefined
}

let resources: Resources
let grants: Grant[]
beforeAll(async () => {
  resources = (await packagedService()).resources
  grants = ofType(resources, 'AWS::IAM::Role').flatMap(([role, resource]) =>
    propertiesOf(resource).Policies.flatMap(({ PolicyDocument }: { PolicyDocument: { Statement: Record<string, Value>[] } }) =>
      PolicyDocument.Statement.map(({ Action, Resource, Condition }) => ({
        role,
        actions: [Action].flat() as string[],
        resources: [resolved(Resource, resources)].flat() as string[],
        conditions: Condition,
      })),
    ),
  )
}, 120_000)

/** ARNs that exist when the template is deployed: a policy's resource must cover one, or be inside one. */
function existing(): string[] {
  const kinds: Record<string, (id: string) => string[]> = {
    'AWS::Glue::Database': (id) => [
      'arn:aws:glue:us-east-1:123456789012:catalog',
      `arn:aws:glue:us-east-1:123456789012:database/${resolved({ Ref: id }, resources)}`,
    ],
    'AWS::Glue::Table': (id) => {
      const { DatabaseName, TableInput } = propertiesOf(resources[id])
      return [`arn:aws:glue:us-east-1:123456789012:table/${resolved(DatabaseName, resources)}/${TableInput.Name}`]
    },
    'AWS::DynamoDB::Table': (id) => {
      const arn = String(resolved({ 'Fn::GetAtt': [id, 'Arn'] }, resources))
      const { LocalSecondaryIndexes = [], GlobalSecondaryIndexes = [] } = propertiesOf(resources[id])
      return [arn, ...[...LocalSecondaryIndexes, ...GlobalSecondaryIndexes].map(({ IndexName }) => `${arn}/index/${IndexName}`)]
    },
    'AWS::S3::Bucket': (id) => {
      const arn = String(resolved({ 'Fn::GetAtt': [id, 'Arn'] }, resources))
      return [arn, `${arn}/`]
    },
    'AWS::StepFunctions::StateMachine': (id) => {
      const arn = String(resolved({ Ref: id }, resources))
      const execution = arn.replace(':stateMachine:', ':execution:')
      // With a slash: children of a distributed map.
      return [arn, `${execution}:`, `${execution}/`]
    },
  }
  const simple = /Queue$|Topic$|Lambda::Function|Glue::(Job|Crawler|DataQualityRuleset)|LogGroup|KMS::Key|IAM::Role/
  return Object.entries(resources).flatMap(([id, { Type }]) => {
    if (kinds[Type]) return kinds[Type](id)
    return simple.test(Type) ? [String(resolved({ 'Fn::GetAtt': [id, 'Arn'] }, resources))] : []
  })
}

/** Log groups that Glue itself makes, its library of data quality rules, the account's event bus, and the rule by which a nested execution is followed. */
const OUTSIDE = [
  /^arn:aws:logs:us-east-1:123456789012:log-group:\/aws-glue\//,
  /^arn:aws:s3:::aws-glue-ml-data-quality-assets-us-east-1\/\*$/,
  /:event-bus\/default$/,
  // The job of a dataset with a database, which none of our own has.
  /:job\/sluice-dev_\*-extract$/,
  /:rule\/StepFunctionsGetEventsForStepFunctionsExecutionRule$/,
]

const overlap = (pattern: string, arn: string) => {
  const fixed = pattern.split('*')[0] as string
  const whole = new RegExp(
    `^${pattern
      .split('*')
      .map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'))
      .join('.*')}$`,
  )
  return whole.test(arn) || (arn.endsWith('/') || arn.endsWith(':') ? fixed.startsWith(arn) : false)
}

describe('policies', () => {
  it('allow no action by a wildcard', () => {
    expect(
      grants.flatMap(({ role, actions }) => actions.filter((action) => action.includes('*')).map((action) => `${role}: ${action}`)),
    ).toEqual([])
  })

  it('allow nothing on every resource, but what infra/exceptions.yml gives a reason for', () => {
    const justified = new Set(exceptions().wildcardResources.flatMap(({ actions }) => actions))
    const open = grants.filter(({ resources }) => resources.includes('*')).flatMap(({ actions }) => actions)
    expect(open.filter((action) => !justified.has(action))).toEqual([])
    expect(
      [...justified].filter((action) => !open.includes(action)),
      'no longer needed',
    ).toEqual([])
  })

  it('name resources that the template makes', () => {
    const arns = existing()
    const strange = grants.flatMap(({ role, resources }) =>
      resources
        .filter((pattern) => pattern !== '*' && !OUTSIDE.some((known) => known.test(pattern)) && !arns.some((arn) => overlap(pattern, arn)))
        .map((pattern) => `${role}: ${pattern}`),
    )
    expect(strange).toEqual([])
  })

  it('put metrics into one namespace only', () => {
    for (const { role, actions, conditions } of grants.filter(({ actions }) => actions.includes('cloudwatch:PutMetricData'))) {
      expect(conditions, `${role} ${actions}`).toHaveProperty(['StringEquals', 'cloudwatch:namespace'])
    }
  })
})

describe('roles', () => {
  it('belong to one function, job, crawler, machine or quality run each', () => {
    const users = Object.entries(resources).flatMap(([id, { Type, Properties }]) => {
      if (Type === 'AWS::IAM::Role') return []
      const { Role, RoleArn } = (Properties ?? {}) as Record<string, { 'Fn::GetAtt'?: string[] }>
      const role = (Role ?? RoleArn)?.['Fn::GetAtt']?.[0]
      return role ? [{ id, role }] : []
    })
    const counted = users.map(({ role }) => role)
    expect(
      counted.filter((role, at) => counted.indexOf(role) !== at),
      'shared',
    ).toEqual([])
    const all = ofType(resources, 'AWS::IAM::Role').map(([id]) => id)
    expect(all.filter((role) => !counted.includes(role))).toEqual(['QualityRole'])
  })
})
