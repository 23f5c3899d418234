import { beforeAll, describe, expect, it } from 'vitest'
import { diagnose } from '../../../../cli/doctor/diagnose.ts'
import type { Account, Finding } from '../../../../cli/doctor/finding.ts'
import { EXAMPLE_PLACE, resolved } from '../../../../infra/packaging/resolved.ts'
import type { Resources } from '../../../../infra/packaging/template.ts'
import { judge, type Statement } from '../../../../laptop/iam/policy.ts'
import { packagedService, propertiesOf } from '../../../gates/template.ts'

let resources: Resources
beforeAll(async () => {
  resources = (await packagedService()).resources
}, 120_000)

/** An account in which everything is as it should be, but for what is given. */
function account(different: Partial<Account> = {}, statementsOf = packaged): Account {
  const contracts = new Map([['orders', 'v1']])
  return {
    stage: 'dev',
    deployed: async () => ({ resources, place: EXAMPLE_PLACE, resolve: (value) => String(resolved(value, resources)) }),
    concurrency: async () => 1000,
    glueQuotas: async () => new Map([['Max concurrent job runs per account', 200]]),
    logPolicies: async () => 1,
    iamDecidesNewTables: async () => true,
    sendsEventBridge: async () => true,
    subscriptions: async () => [{ endpoint: 'you@example.com', confirmed: true }],
    keyState: async () => 'Enabled',
    deployedContracts: async () => contracts,
    localContracts: async () => contracts,
    simulate: async (roleArn, actions, resource, context) =>
      actions.map((action) => ({ action, allowed: judge(statementsOf(roleArn), { action, resource, context }) !== undefined })),
    ...different,
  }
}

function packaged(roleArn: string): Statement[] {
  const policies = resolved(propertiesOf(resources[roleArn.split('/').at(-1) as string]).Policies, resources) as any[]
  return policies.flatMap(({ PolicyDocument }) => PolicyDocument.Statement)
}

const notGood = async (different: Partial<Account>) => (await diagnose(account(different))).filter(({ level }) => level !== 'ok')

describe('doctor', () => {
  it('finds nothing where all is well, and says so for each check', async () => {
    const findings = await diagnose(account())
    expect(findings.filter(({ level }) => level !== 'ok')).toEqual([])
    expect(new Set(findings.map(({ check }) => check)).size).toBe(9)
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
