import { beforeAll, describe, expect, it } from 'vitest'
import { resolved } from '../../infra/packaging/template/resolved.ts'
import type { Resources, Value } from '../../infra/packaging/template/template.ts'
import { serviceUses } from '../../infra/permissions/service-uses.ts'
import { PLACE } from '../../laptop/iam/service-role.ts'
import { ofType, packagedService, places, propertiesOf } from './template.ts'

/** Task resource of a state → what its execution must be allowed. The test refuses anything else until you look it up and add it. */
const NEEDS: Record<string, string[]> = {
  'lambda:invoke': ['lambda:InvokeFunction'],
  'sqs:sendMessage': ['sqs:SendMessage'],
  'sns:publish': ['sns:Publish'],
  's3:listObjectsV2': ['s3:ListBucket'],
  's3:getObject': ['s3:GetObject'],
  's3:putObject': ['s3:PutObject'],
  'states:startExecution': ['states:StartExecution'],
  // infra/permissions/service-asks.yml has what Step Functions asks to follow these.
  'glue:startJobRun.sync': ['glue:StartJobRun'],
  'states:startExecution.sync:2': ['states:StartExecution'],
}

/** aws-sdk:glue:startCrawler → glue:StartCrawler; others by the table. */
function actionsOf(resource: string): string[] {
  const name = resource.replace(/^arn:aws:states:::/, '')
  const [, service, call] = /^aws-sdk:(\w+):(\w+)$/.exec(name) ?? []
  if (service && call) return [`${service === 'sfn' ? 'states' : service}:${call.charAt(0).toUpperCase()}${call.slice(1)}`]
  const needs = NEEDS[name]
  if (!needs) throw new Error(`what ${resource} needs is not known here`)
  return needs
}

let resources: Resources
beforeAll(async () => {
  resources = (await packagedService()).resources
})
const machines = () => ofType(resources, 'AWS::StepFunctions::StateMachine').map(([id, machine]) => ({ id, ...propertiesOf(machine) }))
const granted = ({ RoleArn }: { RoleArn: { 'Fn::GetAtt': [string, string] } }): { Action: string | string[]; Resource: Value }[] =>
  propertiesOf(resources[RoleArn['Fn::GetAtt'][0]]).Policies.flatMap(
    ({ PolicyDocument }: { PolicyDocument: { Statement: unknown[] } }) => PolicyDocument.Statement,
  )

/** What no state calls, and a machine needs all the same. */
const BESIDE = /^kms:/

describe('state machines', () => {
  it('may do what their states call, and nothing else', () => {
    for (const machine of machines()) {
      const called = [...places(machine.Definition)].flatMap((place) => {
        const resource = place !== null && typeof place === 'object' && !Array.isArray(place) ? place.Resource : undefined
        return typeof resource === 'string' ? actionsOf(resource) : []
      })
      const role = machine.RoleArn['Fn::GetAtt'][0]
      const services = serviceUses(resources, (value) => String(resolved(value, resources)), PLACE).filter((use) => use.role === role)
      const needed = new Set([...called, ...services.flatMap(({ asks }) => asks.map(({ action }) => action))])
      const allowed = new Set(granted(machine).flatMap(({ Action }) => [Action].flat()))
      expect(
        [...needed].filter((action) => !allowed.has(action)),
        `${machine.id} lacks`,
      ).toEqual([])
      expect(
        [...allowed].filter((action) => !needed.has(action) && !BESIDE.test(action)),
        `${machine.id} need not`,
      ).toEqual([])
    }
  })

  it('may call exactly the functions that fill their placeholders', () => {
    for (const machine of machines()) {
      const given = Object.entries(resolved(machine.DefinitionSubstitutions, resources) as Record<string, string>)
        .filter(([name]) => name.endsWith('FunctionArn'))
        .map(([, arn]) => arn)
      const allowed = granted(machine)
        .filter(({ Action }) => [Action].flat().includes('lambda:InvokeFunction'))
        .flatMap(({ Resource }) => [resolved(Resource, resources)].flat())
      expect(allowed.sort()).toEqual(given.sort())
    }
  })

  it('log, trace, and take a role of their own account only', () => {
    for (const machine of machines()) {
      expect(machine.LoggingConfiguration.Destinations).toHaveLength(1)
      expect(machine.TracingConfiguration).toEqual({ Enabled: true })
      const { AssumeRolePolicyDocument } = propertiesOf(resources[machine.RoleArn['Fn::GetAtt'][0]])
      expect(AssumeRolePolicyDocument.Statement[0].Condition).toEqual({ StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } })
    }
  })
})
