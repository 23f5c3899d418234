import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readContracts } from '../../infra/packaging/contracts.ts'
import { underRules } from '../../infra/packaging/estate/estate.ts'
import { existingResources, notedResources, saidOf, withExisting, withTheirNames } from '../../infra/packaging/estate/existing.ts'
import type { Parameters } from '../../infra/packaging/estate/parameters.ts'
import { makeParts } from '../../infra/packaging/parts.ts'
import { resolved } from '../../infra/packaging/template/resolved.ts'
import type { Resources, Template, Value } from '../../infra/packaging/template/template.ts'
import { serviceUses } from '../../infra/permissions/service-uses.ts'
import { judge, type Statement } from '../../laptop/iam/policy.ts'
import { PLACE } from '../../laptop/iam/service-role.ts'
import { root, venvFolder } from '../../setup/places.mjs'
import { UNSET_PARAMETERS } from '../unit/infra/unset-parameters.ts'
import { ofType, packagedService, propertiesOf } from './template.ts'

// A deployment into an estate that has its bucket, database, key, … already: what is there is used, and not made.

const GIVEN = {
  rawBucket: 'landing-zone',
  lakeBucket: 'sluice-dev-lake-123456789012-us-east-1',
  ledgerTable: 'sluice-dev-ledger',
  database: 'analytics',
  kmsKey: 'arn:aws:kms:us-east-1:123456789012:key/0123abcd',
} as Parameters
const IN_A_SUBNET = { subnetId: 'subnet-0123abcd', securityGroupIds: 'sg-0123abcd', availabilityZone: 'us-east-1a' }
const BOUNDARY = 'arn:aws:iam::123456789012:policy/boundary'

const folder = mkdtempSync(join(tmpdir(), 'sluice-existing-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
let main: Template
let made: Template
beforeAll(async () => {
  const { files } = await packagedService()
  main = files[Object.keys(files).find((file) => !file.includes('/stacks/')) as string] as Template
  const parameters = { ...UNSET_PARAMETERS, ...IN_A_SUBNET, lakeFormation: 'on', alertEmails: 'a@example.com', tags: 'team=data' }
  const { parts } = makeParts({ root, stage: 'dev', contracts: await readContracts(root), parameters })
  const CurateJob = {
    ...main.Resources.CurateJob,
    Properties: { ...propertiesOf(main.Resources.CurateJob), Connections: parts.jobConnections },
  }
  const Resources = { ...main.Resources, ...(parts.optionalResources as Resources), CurateJob } as Resources
  const rules = { permissionsBoundary: BOUNDARY, logRetentionDays: 30 }
  made = underRules(withExisting({ ...main, Resources }, existingResources(GIVEN)), rules)
}, 120_000)

describe('what an estate has already', () => {
  it('is not made, and nothing else is left out but the policies of its buckets', () => {
    const left = Object.keys(main.Resources).filter((id) => !(id in made.Resources))
    expect(left.sort()).toEqual(['DataKey', 'GlueDatabase', 'LakeBucket', 'LakeBucketPolicy', 'Ledger', 'RawBucket', 'RawBucketPolicy'])
  })

  it('is named wherever the template named its own', () => {
    const text = JSON.stringify(made.Resources)
    for (const id of ['RawBucket', 'LakeBucket', 'Ledger', 'GlueDatabase', 'DataKey']) {
      expect(text).not.toMatch(new RegExp(`"Ref":"${id}"|"Fn::GetAtt":\\["${id}"|\\$\\{${id}[.}]`))
    }
    expect(propertiesOf(made.Resources.RecordLandingsLambdaFunction).Environment.Variables).toMatchObject({
      RAW_BUCKET_NAME: 'landing-zone',
    })
    expect(JSON.stringify(made.Resources.CurateJobRole)).toContain('arn:${AWS::Partition}:s3:::landing-zone/raw/*')
    expect(JSON.stringify(made.Resources.LandingsRule)).toContain('{"name":["landing-zone"]}')
    expect(made.Outputs?.RawBucketName).toMatchObject({ Value: 'landing-zone' })
  })

  it('makes a template that CloudFormation takes', async () => {
    const file = join(folder, 'template.json')
    writeFileSync(file, JSON.stringify(made))
    const lint = await execa(join(venvFolder, 'bin', 'cfn-lint'), [file], { cwd: root, reject: false, all: true })
    // The zone is the one that a parameter names.
    expect(lint.all.replace(/^W3010 Avoid hardcoding availability zones 'us-east-1a'\n.*\n?/m, '').trim(), lint.all).toBe('')
  }, 120_000)

  it('is reported by package, and noted in the stack for a later delete', () => {
    expect(existingResources(GIVEN).map(saidOf)[0]).toBe(
      'uses the existing bucket landing-zone: Sluice neither makes, changes nor deletes it; its notifications to EventBridge must be on',
    )
    expect(made.Metadata?.Sluice).toEqual({
      existing: expect.arrayContaining([{ id: 'RawBucket', kind: 'bucket', name: 'landing-zone' }]),
    })
  })
})

describe("the job in an estate's subnet", () => {
  it('may do what Glue asks there, and not without any one of its permissions', () => {
    const name = { place: { ...PLACE, stack: 'sluice-dev' } }
    const resources = withTheirNames(made.Resources as Value, notedResources(made)) as Resources
    const resolve = (value: Value) => String(resolved(withTheirNames(value, notedResources(made)), resources, name))
    const asks = serviceUses(resources, resolve, PLACE).flatMap((use) => (use.use === 'network-run' ? use.asks : []))
    expect(asks.map(({ action }) => action)).toContain('ec2:CreateNetworkInterface')
    const { Statement } = resolved(propertiesOf(resources.NetworkPolicy).PolicyDocument, resources, name) as unknown as {
      Statement: Statement[]
    }
    for (const ask of asks) {
      expect(judge(Statement, ask), `${ask.action} on ${ask.resource}`).toBeDefined()
      const without = Statement.map((each) => ({ ...each, Action: [each.Action].flat().filter((action) => action !== ask.action) }))
      expect(judge(without, ask), ask.action).toBeUndefined()
    }
    expect(propertiesOf(made.Resources.NetworkPolicy).Roles).toEqual([{ Ref: 'CurateJobRole' }])
  })
})

describe('the rules of an estate', () => {
  it('bound every role, and keep every log so long', () => {
    for (const [id, role] of ofType(made.Resources, 'AWS::IAM::Role')) expect(propertiesOf(role).PermissionsBoundary, id).toBe(BOUNDARY)
    for (const [id, group] of ofType(made.Resources, 'AWS::Logs::LogGroup')) expect(propertiesOf(group).RetentionInDays, id).toBe(30)
  })
})
