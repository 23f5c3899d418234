import { beforeAll, describe, expect, it } from 'vitest'
import { diagnose } from '../../../../cli/doctor/diagnose.ts'
import type { Account, Deployed, Finding } from '../../../../cli/doctor/finding.ts'
import { type Existing, existingResources, withExisting, withTheirNames } from '../../../../infra/packaging/estate/existing.ts'
import type { Parameters } from '../../../../infra/packaging/estate/parameters.ts'
import { EXAMPLE_PLACE, resolved } from '../../../../infra/packaging/template/resolved.ts'
import type { Resources, Value } from '../../../../infra/packaging/template/template.ts'
import { judge, type Statement } from '../../../../laptop/iam/policy.ts'
import type { ResourceStatement } from '../../../../laptop/iam/service-access.ts'
import { packagedService, propertiesOf } from '../../../gates/template.ts'

let resources: Resources
beforeAll(async () => {
  resources = (await packagedService()).resources
}, 120_000)

/** An account in which everything is as it should be, but for what is given. */
function account(different: Partial<Account> = {}, statementsOf: (roleArn: string) => Statement[] = packaged): Account {
  const contracts = new Map([['orders', 'v1']])
  return {
    stage: 'dev',
    deployed: async () => deployedWith([]),
    concurrency: async () => 1000,
    glueQuotas: async () => new Map([['Max concurrent job runs per account', 200]]),
    logPolicies: async () => 1,
    iamDecidesNewTables: async () => true,
    sendsEventBridge: async () => true,
    subscriptions: async () => [{ endpoint: 'you@example.com', confirmed: true }],
    keyState: async () => 'Enabled',
    keyPolicy: async (id) => policyOf(id),
    bucketKey: async () => undefined,
    deployedContracts: async () => contracts,
    localContracts: async () => contracts,
    simulate: async (roleArn, actions, resource, context) =>
      actions.map((action) => ({ action, allowed: judge(statementsOf(roleArn), { action, resource, context }) !== undefined })),
    ...different,
  }
}

/** The packaged service; with parameters that name what exists already, it is deployed without these. */
function deployedWith(existing: Existing[]): Deployed {
  const template = withExisting({ Resources: resources }, existing)
  const resolve = (value: Value) => String(resolved(withTheirNames(value, existing), template.Resources))
  return { resources: template.Resources, existing, place: EXAMPLE_PLACE, resolve }
}

const policyOf = (key: string) => resolved(propertiesOf(resources[key]).KeyPolicy.Statement, resources) as unknown as ResourceStatement[]

/** As `--param digest=06:00` packages it. */
function sendingDigests(): Resources {
  const rules = Object.entries(resources).filter(([id, { Type }]) => Type === 'AWS::Events::Rule' && id.startsWith('Digest'))
  expect(rules).toHaveLength(1)
  const on = rules.map(([id, rule]) => [id, { ...rule, Properties: { ...propertiesOf(rule), State: 'ENABLED' } }])
  return { ...resources, ...Object.fromEntries(on) }
}

function packaged(roleArn: string, of = resources): Statement[] {
  const policies = resolved(propertiesOf(of[roleArn.split('/').at(-1) as string]).Policies, of) as any[]
  return policies.flatMap(({ PolicyDocument }) => PolicyDocument.Statement)
}

const notGood = async (different: Partial<Account>) => (await diagnose(account(different))).filter(({ level }) => level !== 'ok')

describe('doctor', () => {
  it('finds nothing where all is well, and says so for each check', async () => {
    const findings = await diagnose(account())
    expect(findings.filter(({ level }) => level !== 'ok')).toEqual([])
    expect(new Set(findings.map(({ check }) => check)).size).toBe(11)
  })

  it.each<[string, Partial<Account>, Partial<Finding>[]]>([
    [
      'few concurrent functions',
      { concurrency: async () => 10 },
      [{ level: 'warning', message: expect.stringContaining('only 10 functions') }],
    ],
    [
      'a Glue quota below what the datasets can use',
      { glueQuotas: async () => new Map([['Max concurrent job runs per account', 0]]) },
      [{ level: 'warning', message: expect.stringMatching(/^"Max concurrent job runs per account" is 0/) }],
    ],
    [
      'no room for a log policy',
      { logPolicies: async () => 10 },
      [{ level: 'warning', fix: expect.stringContaining('delete-resource-policy') }],
    ],
    [
      'Lake Formation without permissions for Sluice',
      { iamDecidesNewTables: async () => false },
      [{ level: 'problem', fix: expect.stringContaining('--param lake-formation=on') }],
    ],
    [
      'a bucket without events',
      { sendsEventBridge: async () => false },
      [{ level: 'problem', message: expect.stringMatching(/^sluice-dev-raw-123456789012-us-east-1 does not send/) }],
    ],
    [
      'no subscription',
      { subscriptions: async () => [] },
      [{ level: 'warning', fix: 'npx --no-install sluice subscribe you@example.com --stage dev' }],
    ],
    [
      'a digest that no one gets',
      {
        deployed: async () => ({ ...deployedWith([]), resources: sendingDigests() }),
        subscriptions: async (topic) => (topic.endsWith('-digest') ? [] : [{ endpoint: 'you@example.com', confirmed: true }]),
      },
      [
        {
          level: 'warning',
          message: expect.stringMatching(/^no one gets digests/),
          fix: 'npx --no-install sluice subscribe you@example.com --digest --stage dev',
        },
      ],
    ],
    [
      'an unconfirmed subscription',
      { subscriptions: async () => [{ endpoint: 'me@example.com', confirmed: false }] },
      [{ level: 'warning', message: expect.stringMatching(/^me@example.com has not confirmed/) }],
    ],
    ['a key that is disabled', { keyState: async () => 'Disabled' }, [{ level: 'problem' }, { level: 'problem' }]],
    [
      'contracts that differ, are missing and are gone',
      {
        localContracts: async () =>
          new Map([
            ['orders', 'v2'],
            ['events', 'v1'],
          ]),
        deployedContracts: async () =>
          new Map([
            ['orders', 'v1'],
            ['old', 'v1'],
          ]),
      },
      [
        { message: 'orders: the contract here is not the deployed one' },
        { message: 'events: has a contract here and is not deployed' },
        { message: 'old: is deployed and has no contract here' },
      ],
    ],
  ])('finds %s', async (_, different, expected) => {
    expect(await notGood(different)).toEqual(expected.map((each) => expect.objectContaining(each)))
  })

  describe('of an existing bucket and key', () => {
    const KEY = 'arn:aws:kms:us-east-1:123456789012:key/0123abcd'
    const existing = existingResources({
      rawBucket: 'landing-zone',
      lakeBucket: '',
      ledgerTable: '',
      database: '',
      kmsKey: KEY,
    } as Parameters)
    let made: Deployed | undefined
    const estate = () => {
      made ??= deployedWith(existing)
      return made
    }
    const accountItself = { AWS: 'arn:aws:iam::123456789012:root' }
    const open: ResourceStatement = { Effect: 'Allow', Principal: accountItself, Action: 'kms:*', Resource: '*' }
    const found = (statements: ResourceStatement[], different: Partial<Account> = {}) =>
      notGood({
        deployed: async () => estate(),
        keyPolicy: async (id) => (id === KEY ? statements : policyOf(id)),
        bucketKey: async () => KEY,
        simulate: async (roleArn, actions, resource, context) =>
          actions.map((action) => ({
            action,
            allowed: judge(packaged(roleArn, estate().resources), { action, resource, context }) !== undefined,
          })),
        ...different,
      })

    it('finds nothing where both are as they should be', async () => {
      expect(await found([open])).toEqual([])
    })

    it('looks at their own events and state', async () => {
      const broken = await found([open], {
        sendsEventBridge: async () => false,
        keyState: async (id) => (id === KEY ? 'Disabled' : 'Enabled'),
      })
      expect(broken.map(({ message }) => message)).toEqual([
        expect.stringMatching(/^landing-zone does not send its events/),
        expect.stringMatching(/^the key DataKey is Disabled/),
      ])
    })

    it("finds a key whose policy does not let the account's roles decide", async () => {
      const { Principal: _, ...rest } = open
      const one = { ...rest, Principal: { AWS: 'arn:aws:iam::123456789012:role/admin' } }
      expect(await found([one])).toEqual([
        expect.objectContaining({
          level: 'problem',
          check: 'Policies of keys',
          message: expect.stringMatching(
            /DataKey.*does not leave kms:Decrypt and kms:GenerateDataKey to the policies of this account's roles/,
          ),
        }),
      ])
      const conditional = { ...open, Condition: { NumericLessThan: { 'aws:MultiFactorAuthAge': '300' } } }
      expect(await found([conditional])).toEqual([expect.objectContaining({ level: 'warning', check: 'Policies of keys' })])
    })

    it('finds a bucket that is encrypted with another key', async () => {
      const other = KEY.replace('0123abcd', '4567cdef')
      expect(await found([open], { bucketKey: async () => other })).toEqual([
        expect.objectContaining({ level: 'problem', fix: `deploy with --param kms-key=${other}` }),
      ])
    })
  })

  it('finds a key that alarms may not use', async () => {
    const keyPolicy = async (id: string) => policyOf(id).filter(({ Sid }) => Sid !== 'AlarmsPublish')
    expect((await notGood({ keyPolicy })).map(({ message }) => message)).toEqual([
      expect.stringMatching(/AlertKey.*does not allow cloudwatch.amazonaws.com kms:Decrypt/),
      expect.stringMatching(/AlertKey.*does not allow cloudwatch.amazonaws.com kms:GenerateDataKey/),
    ])
  })

  it("names a role that lacks the quality library's statement", async () => {
    const broken = (arn: string) => packaged(arn).filter(({ Sid }) => Sid !== 'LoadTheQualityLibrary')
    const findings = (await diagnose(account({}, broken))).filter(({ level }) => level !== 'ok')
    expect(findings).toEqual([
      expect.objectContaining({
        level: 'problem',
        message: expect.stringMatching(/^QualityRole may not s3:GetObject on .*aws-glue-ml-data-quality/),
      }),
    ])
  })

  it('says what else denies: a boundary or the organization', async () => {
    const deniedBy = 'permissions boundary'
    const findings = await notGood({
      simulate: async (_, actions) => actions.map((action) => ({ action, allowed: action !== 'cloudwatch:PutMetricData', deniedBy })),
    })
    expect(findings.length).toBeGreaterThan(0)
    for (const { message, fix } of findings) expect(`${message} ${fix}`).toMatch(/permissions boundary denies it.*allow it/)
  })

  it('goes on when one check may not look, and says which', async () => {
    const refused = Object.assign(new Error('not authorized to perform: lambda:GetAccountSettings'), { name: 'AccessDeniedException' })
    expect(await notGood({ concurrency: () => Promise.reject(refused) })).toEqual([
      expect.objectContaining({ level: 'unknown', check: 'Lambda concurrency', fix: 'run doctor as a user who may read this' }),
    ])
  })
})
