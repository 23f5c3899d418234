import { describe, expect, it } from 'vitest'
import { readContracts } from '../../../infra/packaging/contracts.ts'
import { readParameters } from '../../../infra/packaging/estate/parameters.ts'
import { makeParts } from '../../../infra/packaging/parts.ts'
import type { Resources } from '../../../infra/packaging/template/template.ts'
import { root } from '../../../setup/places.mjs'
import { UNSET_PARAMETERS } from './unset-parameters.ts'

const contracts = await readContracts(root)
const partsWith = (parameters: Partial<typeof UNSET_PARAMETERS>) =>
  makeParts({ root, stage: 'dev', contracts, parameters: { ...UNSET_PARAMETERS, ...parameters } }).parts
const optional = (parameters: Partial<typeof UNSET_PARAMETERS>) => partsWith(parameters).optionalResources as Resources

describe('parameters', () => {
  it('are all optional', () => {
    expect(optional({})).toEqual({})
    expect(partsWith({}).stackTags).toEqual({ 'sluice-stage': 'dev' })
  })

  it('tag the stack', () => {
    expect(partsWith({ tags: 'team=data, note=a=b' }).stackTags).toEqual({ 'sluice-stage': 'dev', team: 'data', note: 'a=b' })
  })

  it('subscribe people to the alerts', () => {
    const subscribed = Object.values(optional({ alertEmails: 'a@example.com,b@example.com' }))
    expect(subscribed.map(({ Properties }) => (Properties as { Endpoint: string }).Endpoint)).toEqual(['a@example.com', 'b@example.com'])
  })

  it('send a digest at a time of the day, and none by default', () => {
    expect(partsWith({}).digestSchedule).toEqual({ rate: ['cron(0 6 * * ? *)'], enabled: false })
    expect(partsWith({ digest: '07:05' }).digestSchedule).toEqual({ rate: ['cron(5 7 * * ? *)'], enabled: true })
  })

  it('subscribe people to the digest, and to no alert', () => {
    expect(optional({ digestEmails: 'a@example.com' })).toEqual({
      DigestEmail1: {
        Type: 'AWS::SNS::Subscription',
        Properties: { TopicArn: { Ref: 'DigestTopic' }, Protocol: 'email', Endpoint: 'a@example.com' },
      },
    })
  })

  it('put the job into a subnet, with what that takes', () => {
    const made = optional({ subnetId: 'subnet-0123abcd', securityGroupIds: 'sg-0123abcd', availabilityZone: 'eu-west-1a' })
    expect(Object.keys(made)).toEqual(['NetworkConnection', 'NetworkPolicy'])
    expect(JSON.stringify(made.NetworkPolicy)).toContain('subnet/subnet-0123abcd')
  })

  it('give Lake Formation the table permissions of each role', () => {
    const grants = optional({ lakeFormation: 'on' })
    expect(Object.keys(grants)).toEqual(
      expect.arrayContaining(['CurateJobRoleOnTables', 'QualityRoleOnTables', 'PrepareBatchRoleOnTables']),
    )
    expect(Object.keys(grants)).not.toContain('RaiseAlertRoleOnTables')
  })

  it('put the tables of every dataset into the database that exists', () => {
    const { datasetResources, databaseName } = partsWith({ database: 'analytics' })
    expect(databaseName).toBe('analytics')
    for (const stack of Object.values(datasetResources as Resources)) {
      expect((stack.Properties as { Parameters: object }).Parameters).toMatchObject({ DatabaseName: 'analytics' })
    }
  })

  it.each([
    [{ lakeFormation: 'perhaps' }, /--param lake-formation: must be on or off/],
    [{ maxJobRuns: '0' }, /--param max-job-runs: must be a number from 1/],
    [{ digest: '24:00' }, /--param digest: must be off, or a time of the day in UTC/],
    [{ digestEmails: 'ada' }, /--param digest-emails: must be mail addresses/],
    [{ canary: 'yes' }, /--param canary: must be on or off/],
    [{ sparkInternals: 'no' }, /--param spark-internals: must be on or off/],
    [{ lineageUrl: 'lineage.example.com' }, /--param lineage-url: must be a URL/],
    [{ tags: 'team' }, /--param tags: must be key=value/],
    [{ alertEmails: 'nobody' }, /--param alert-emails: must be mail addresses/],
    [{ subnetId: 'subnet-0123abcd' }, /are given together/],
    [{ rawBucket: 'Landing_Zone' }, /--param raw-bucket: must be the name of a bucket/],
    [{ kmsKey: 'alias/mine' }, /--param kms-key: must be the ARN or id of a key/],
    [{ permissionsBoundary: 'boundary' }, /--param permissions-boundary: must be the ARN/],
    [{ logRetentionDays: '91' }, /--param log-retention-days: must be one of 1, 3/],
  ])('%o are refused by name', (wrong, message) => {
    expect(() => readParameters({ ...UNSET_PARAMETERS, ...wrong })).toThrow(message)
  })
})

it('a contract whose template CloudFormation would refuse is refused by name, before anything is uploaded', () => {
  const columns = Object.fromEntries(Array.from({ length: 10_000 }, (_, number) => [`a_column_with_a_long_name_${number}`, 'string']))
  const wide = contracts.map((typed) => ({ ...typed, types: columns }))
  expect(() => makeParts({ root, stage: 'dev', contracts: wide, parameters: UNSET_PARAMETERS })).toThrow(
    /cannot be packaged:\n {2}\w+: its template has \d+ KB and CloudFormation takes 1000/,
  )
})
