import { AwsError } from '../aws/aws-error.ts'
import { type AwsRequest, readBody } from '../aws/aws-request.ts'
import type { RoleDefinition } from '../cloudformation/resource-type.ts'
import { arn, asksOf } from './asks.ts'
import { type Ask, judge, type Statement } from './policy.ts'

/** What a role was refused: a hole in the template, found before AWS finds it. */
export interface Denial {
  role: string
  action: string
  resource: string
}

export interface Guard {
  check(request: AwsRequest): Promise<void>
  denials: Denial[]
  /** Role → actions that a policy allows and no call has used. */
  unused(): Record<string, string[]>
}

/** Who may read and write what KMS encrypts needs its key too, though no call names it. */
export interface Encryption {
  /** ARN of a bucket or topic → ARN of its key. */
  keyOf: Map<string, string>
}

/**
 * Judges every call of a function, job, crawler, machine or quality run by the policies of its role. Callers without a role
 * (the laptop itself, its user) are the account's owner.
 * @param roleOf access key → role
 */
export function createGuard(roles: RoleDefinition[], roleOf: (role: RoleDefinition) => string, { keyOf }: Encryption): Guard {
  const byKey = new Map(roles.map((role) => [roleOf(role), { role, statements: statementsOf(role), used: new Set<string>() }]))
  const denials: Denial[] = []

  return {
    denials,
    async check(request) {
      const caller = byKey.get(request.accessKeyId)
      if (!caller) return
      const uploads = request.service === 's3' && request.method === 'PUT'
      const body = uploads ? '' : (await readBody(request.message)).toString('utf8')
      const asks = asksOf({ ...request, headers: request.message.headers, body })
      const name = caller.role.name
      if (!asks)
        throw denied(denials, { role: name, action: `${request.service}:${request.operation ?? request.method}`, resource: request.path })
      for (const ask of [...asks, ...asks.flatMap((each) => keyAsks(each, keyOf))]) {
        if (!judge(caller.statements, ask)) throw denied(denials, { role: name, action: ask.action, resource: ask.resource })
        caller.used.add(ask.action)
      }
    },
    unused: () =>
      Object.fromEntries(
        [...byKey.values()].map(({ role, statements, used }) => {
          const allowed = new Set(statements.flatMap(({ Action }) => [Action].flat()))
          return [role.name, [...allowed].filter((action) => !used.has(action)).sort()]
        }),
      ),
  }
}

function denied(denials: Denial[], denial: Denial): AwsError {
  denials.push(denial)
  const message = `User: ${arn('sts', `assumed-role/${denial.role}`)} is not authorized to perform: ${denial.action} on resource: ${denial.resource}`
  return new AwsError('AccessDeniedException', message, 403)
}

function keyAsks({ action, resource }: Ask, keyOf: Map<string, string>): Ask[] {
  const key = keyOf.get(action.startsWith('s3:') ? (resource.split('/')[0] as string) : resource)
  if (key === undefined) return []
  if (action === 's3:GetObject') return [{ action: 'kms:Decrypt', resource: key }]
  if (action === 's3:PutObject') return [{ action: 'kms:GenerateDataKey', resource: key }]
  if (action === 'sns:Publish') return ['kms:Decrypt', 'kms:GenerateDataKey'].map((name) => ({ action: name, resource: key }))
  return []
}

function statementsOf({ policies }: RoleDefinition): Statement[] {
  return policies.flatMap(({ document }) => (document as unknown as { Statement: Statement[] }).Statement)
}
