import { beforeAll, describe, expect, it } from 'vitest'
import { resolved } from '../../infra/packaging/template/resolved.ts'
import type { Resources, Value } from '../../infra/packaging/template/template.ts'
import { type ServiceAsk, useNames } from '../../infra/permissions/service-asks.ts'
import { type ServiceUse, serviceUses } from '../../infra/permissions/service-uses.ts'
import type { RoleDefinition } from '../../laptop/cloudformation/resource-type.ts'
import { createQuality } from '../../laptop/glue/quality-runs.ts'
import { createAccessKeys } from '../../laptop/iam/access-keys.ts'
import { createGuard } from '../../laptop/iam/guard.ts'
import { judge, like, type Statement } from '../../laptop/iam/policy.ts'
import { allowed, type ResourceStatement } from '../../laptop/iam/service-access.ts'
import { PLACE } from '../../laptop/iam/service-role.ts'
import { ofType, packagedService, propertiesOf } from './template.ts'

// What AWS's services ask by themselves (infra/permissions/service-asks.yml), asked of the packaged template.

let resources: Resources
let uses: ServiceUse[]
beforeAll(async () => {
  resources = (await packagedService()).resources
  uses = serviceUses(resources, (value) => String(resolved(value, resources)), PLACE)
}, 120_000)

/** Statements of a role, or of the policies on queues, topics, keys, functions and log groups. */
const ofRole = (role: string): Statement[] =>
  (resolved(propertiesOf(resources[role]).Policies, resources) as any[]).flatMap(({ PolicyDocument }) => PolicyDocument.Statement)

function ofResources(): ResourceStatement[] {
  const documents = [
    ...['AWS::SQS::QueuePolicy', 'AWS::SNS::TopicPolicy'].flatMap((type) =>
      ofType(resources, type).map(([, it]) => propertiesOf(it).PolicyDocument),
    ),
    ...ofType(resources, 'AWS::Logs::ResourcePolicy').map(([, it]) =>
      JSON.parse(String(resolved(propertiesOf(it).PolicyDocument, resources))),
    ),
  ]
  const ofKeys = ofType(resources, 'AWS::KMS::Key').flatMap(([id, it]) =>
    propertiesOf(it).KeyPolicy.Statement.map((each: Value) => ({ ...(each as object), Resource: { 'Fn::GetAtt': [id, 'Arn'] } })),
  )
  const ofFunctions = ofType(resources, 'AWS::Lambda::Permission').map(([, it]) => {
    const { FunctionName, Action, Principal, SourceArn } = propertiesOf(it)
    return {
      Effect: 'Allow',
      Principal: { Service: Principal },
      Action,
      Resource: FunctionName,
      Condition: { ArnLike: { 'aws:SourceArn': SourceArn } },
    }
  })
  const all = [...documents.flatMap(({ Statement }) => Statement), ...ofKeys, ...ofFunctions]
  return resolved(all as Value, resources) as unknown as ResourceStatement[]
}

const isAllowed = (
  { role, principal }: ServiceUse,
  ask: ServiceAsk,
  change: <T extends Statement>(statements: T[]) => T[] = (all) => all,
) => (role === undefined ? allowed(change(ofResources()), String(principal), ask) : judge(change(ofRole(role)), ask) !== undefined)
const shown = ({ use, by, role, principal }: ServiceUse, { action, resource }: ServiceAsk) =>
  `${use} for ${by}, ${role ?? principal}: ${action} on ${resource}`

/** The statements with one action taken out of all of them. */
const without =
  (action: string) =>
  <T extends Statement>(statements: T[]): T[] =>
    statements.map((each) => ({ ...each, Action: [each.Action].flat().filter((name) => !like(name.toLowerCase(), action.toLowerCase())) }))

describe('what services of AWS ask', () => {
  it('is allowed by the role or the policy that they ask of', () => {
    const refused = uses.flatMap((use) => use.asks.filter((ask) => !isAllowed(use, ask)).map((ask) => shown(use, ask)))
    expect(refused).toEqual([])
  })

  it('is refused when its permission is taken away, one after another', () => {
    const stillAllowed = uses.flatMap((use) =>
      use.asks.filter((ask) => isAllowed(use, ask, without(ask.action))).map((ask) => shown(use, ask)),
    )
    expect(stillAllowed).toEqual([])
  })

  it('covers every use that the list has, and names where AWS documents it', () => {
    // Roles are taken by trust, which the laptop judges when it makes them; none of our rules notifies a topic; none of our own datasets
    // has a stream, a topic or a database (test/unit/infra/stream-lander.test.ts, kafka-lander.test.ts, database-extract.test.ts), and no
    // parameter a subnet (existing.slow).
    const streams = ['stream-poll', 'msk-poll', 'msk-sign-in', 'broker-secret', 'broker-network']
    const others = ['take-role', 'rule-to-topic', 'rule-key', 'extract-run', 'crawl-database', 'network-run', 'schedule-start']
    const elsewhere = [...streams, ...others]
    expect([...new Set(uses.map(({ use }) => use))].sort()).toEqual(useNames.filter((name) => !elsewhere.includes(name)).sort())
    for (const { asks } of uses) for (const { source } of asks) expect(source).toMatch(/^https:\/\/(docs|repost)\.aws/)
  })
})

describe('a data quality run on the laptop', () => {
  const [role, library] = ['QualityRole', 'LoadTheQualityLibrary']

  /** How a run in the packaged role ends, where the engine would pass everything. */
  async function endOfRun(change: (statements: Statement[]) => Statement[]) {
    const arn = `arn:aws:iam::${PLACE.account}:role/${role}`
    const definition: RoleDefinition = {
      name: role,
      arn,
      trust: {},
      policies: [{ name: 'p', document: { Statement: change(ofRole(role)) } as never }],
      managedPolicies: [],
    }
    const guard = createGuard(createAccessKeys(), [definition])
    const [name, { Properties }] = ofType(resources, 'AWS::Glue::DataQualityRuleset')[0] as [string, { Properties: any }]
    const table = Properties.TargetTable.TableName
    const found = ofType(resources, 'AWS::Glue::Table').find(([, it]) => propertiesOf(it).TableInput.Name === table)?.[1]
    const { operations } = createQuality({
      engine: () => ({ ready: Promise.resolve(), judge: async () => ({ results: [] }) }) as never,
      accessKeyOf: () => '',
      own: { glue: { send: async () => ({ Table: resolved(propertiesOf(found).TableInput, resources) }) } as never },
      askAsService: guard.askAsService,
    })
    const call = (operation: string, input: object): Promise<any> => (operations as any)[operation](input)
    await call('CreateDataQualityRuleset', { Name: name, Ruleset: 'Rules = []' })
    const DataSource = { GlueTable: { DatabaseName: String(resolved({ Ref: 'GlueDatabase' }, resources)), TableName: table } }
    const { RunId } = await call('StartDataQualityRulesetEvaluationRun', { RulesetNames: [name], Role: arn, DataSource })
    await new Promise((resolve) => setImmediate(resolve))
    const { Status, ErrorString } = await call('GetDataQualityRulesetEvaluationRun', { RunId })
    return { Status, ErrorString }
  }

  it('succeeds in the packaged role', async () => {
    expect(await endOfRun((all) => all)).toEqual({ Status: 'SUCCEEDED', ErrorString: undefined })
  })

  it("does not launch without AWS's library, in AWS's words", async () => {
    const { Status, ErrorString } = await endOfRun((all) => all.filter(({ Sid }) => Sid !== library))
    expect(Status).toBe('FAILED')
    expect(ErrorString).toMatch(
      /^LAUNCH ERROR \| Error downloading from S3 for bucket: aws-glue-ml-data-quality-assets-us-east-1.*Access Denied/,
    )
  })

  it('fails without any one of its permissions', async () => {
    const asked = uses.filter(({ use }) => use === 'quality-run').flatMap(({ asks }) => asks.map(({ action }) => action))
    for (const action of new Set(asked.filter((name) => !name.startsWith('kms:')))) {
      expect(await endOfRun(without(action)), action).toMatchObject({ Status: 'FAILED' })
    }
  })
})
