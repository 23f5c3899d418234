import type { ServiceAsk } from '../../../infra/permissions/service-asks.ts'
import { serviceUses } from '../../../infra/permissions/service-uses.ts'
import { like } from '../../../laptop/iam/policy.ts'
import { allowed, type ResourceStatement } from '../../../laptop/iam/service-access.ts'
import type { Check, Deployed, Finding } from '../finding.ts'

type Found = Omit<Finding, 'check'>

/** Logical id, and the id of the key itself: those of the template, and the existing one that a parameter names. */
function keysOf({ resources, existing, resolve }: Deployed): { id: string; key: string }[] {
  const made = Object.entries(resources).filter(([, { Type }]) => Type === 'AWS::KMS::Key')
  const given = existing.filter(({ kind }) => kind === 'key')
  return [...made.map(([id]) => ({ id, key: resolve({ Ref: id }) })), ...given.map(({ id, name }) => ({ id, key: name }))]
}

export const keys: Check = {
  name: 'Encryption keys',
  async run(account) {
    const states = await Promise.all(
      keysOf(await account.deployed()).map(async ({ id, key }) => ({ id, key, state: await account.keyState(key) })),
    )
    const broken = states.filter(({ state }) => state !== 'Enabled')
    if (broken.length === 0) return [{ level: 'ok', message: `${states.length} keys are enabled` }]
    return broken.map(({ id, key, state }) => ({
      level: 'problem' as const,
      message: `the key ${id} is ${state}: nothing that it encrypts can be read or written`,
      fix:
        state === 'PendingDeletion'
          ? `aws kms cancel-key-deletion --key-id ${key}, then aws kms enable-key --key-id ${key}`
          : `aws kms enable-key --key-id ${key}`,
    }))
  },
}

/** What roles of this account ask of every key, by their own policies. */
const BY_ROLES = ['kms:Decrypt', 'kms:GenerateDataKey']

export const keyPolicies: Check = {
  name: 'Policies of keys',
  async run(account) {
    const deployed = await account.deployed()
    const all = keysOf(deployed)
    const findings = await Promise.all(
      all.map(async ({ id, key }) => {
        const statements = await account.keyPolicy(key)
        return [
          ...rolesDecide(id, key, ofAccount(statements, deployed.place.account)),
          ...asksOfServices(deployed, id).flatMap(({ service, ask }) => serviceMay(id, key, service, ask, statements)),
        ]
      }),
    )
    const said = [...findings.flat(), ...(await bucketsWithAnotherKey(account, deployed, all))]
    return said.length > 0 ? said : [{ level: 'ok', message: `${all.length} key policies allow what roles and services ask` }]
  },
}

/** Services that use a key as themselves: alarms that publish to an encrypted topic. */
function asksOfServices({ resources, resolve, place }: Deployed, id: string): { service: string; ask: ServiceAsk }[] {
  if (!(id in resources)) return []
  const arn = resolve({ 'Fn::GetAtt': [id, 'Arn'] })
  const uses = serviceUses(resources, resolve, { ...place }).filter(({ use }) => use === 'alarm-key' || use === 'rule-key')
  const asks = uses.flatMap(({ principal, asks }) =>
    asks
      .filter(({ resource }) => resource === arn)
      .map((ask) => [`${principal} ${ask.action}`, { service: String(principal), ask }] as const),
  )
  return [...new Map(asks).values()]
}

/** Statements for the account as a whole: they leave it to the roles' own policies. */
const ofAccount = (statements: ResourceStatement[], account: string) =>
  statements.flatMap((each) => {
    const named = each.Principal === '*' ? ['*'] : [each.Principal.AWS ?? []].flat()
    const isAccount = named.some((name) => name === '*' || name === account || like('arn:*:iam::' + account + ':root', name))
    return isAccount ? [{ ...each, Principal: '*' as const }] : []
  })

function rolesDecide(id: string, key: string, statements: ResourceStatement[]): Found[] {
  const lacking = BY_ROLES.filter((action) => !mayPlainly(statements, '', action))
  if (lacking.length === 0) return []
  const what = `the policy of the key ${id} (${key}) does not leave ${lacking.join(' and ')} to the policies of this account's roles`
  return [
    {
      level: statements.some(isConditional) ? 'warning' : 'problem',
      message: what,
      fix: allowIn(key, 'the account (arn:aws:iam::ACCOUNT:root)', lacking),
    },
  ]
}

function serviceMay(id: string, key: string, service: string, { action }: ServiceAsk, statements: ResourceStatement[]): Found[] {
  if (mayPlainly(statements, service, action)) return []
  return [
    {
      level: 'problem',
      message: `the policy of the key ${id} (${key}) does not allow ${service} ${action}: alarms reach no one`,
      fix: allowIn(key, service, [action]),
    },
  ]
}

const allowIn = (key: string, whom: string, actions: string[]) =>
  `aws kms get-key-policy --key-id ${key} --policy-name default, then add a statement that allows ${whom} ${actions.join(' and ')}, and put it back`

// A key's policy may be another team's: conditions and exceptions that Sluice's own policies do not use are not judged here.
const isConditional = (statement: ResourceStatement) =>
  ['Condition', 'NotAction', 'NotResource', 'NotPrincipal'].some((part) => part in statement)
const mayPlainly = (statements: ResourceStatement[], service: string, action: string) =>
  allowed(
    statements.filter((each) => !isConditional(each)),
    service,
    { action, resource: '*' },
  )

/** An existing bucket may be encrypted with a key that no role may use. */
async function bucketsWithAnotherKey(
  account: Parameters<Check['run']>[0],
  { existing, resolve }: Deployed,
  all: { key: string }[],
): Promise<Found[]> {
  const known = [...all.map(({ key }) => key), resolve({ 'Fn::GetAtt': ['DataKey', 'Arn'] })].map(idOfKey)
  const buckets = existing.filter(({ kind }) => kind === 'bucket')
  const found = await Promise.all(buckets.map(async ({ name }) => ({ name, key: await account.bucketKey(name) })))
  return found
    .filter(({ key }) => key !== undefined && !known.includes(idOfKey(key)))
    .map(({ name, key }) => ({
      level: 'problem' as const,
      message: `the existing bucket ${name} is encrypted with the key ${key}, which no role of this deployment may use`,
      fix: `deploy with --param kms-key=${key}`,
    }))
}

const idOfKey = (key: string) => key.slice(key.lastIndexOf('/') + 1)
