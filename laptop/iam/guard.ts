import { AwsError } from '../aws/aws-error.ts'
import { type AwsRequest, readBody } from '../aws/aws-request.ts'
import type { RoleDefinition } from '../cloudformation/resource-type.ts'
import type { AccessKeys } from './access-keys.ts'
import { asksOf } from './asks.ts'
import { arn } from './call.ts'
import { type Encryption, keyAsks } from './encryption.ts'
import { createMadeCalls, type MadeCall } from './made-calls.ts'
import { type Ask, judge, type Statement } from './policy.ts'
import { type AskAsService, asksHere } from './service-role.ts'

/** What a role was refused: a hole in the template, found before AWS finds it. */
export interface Denial {
  role: string
  action: string
  resource: string
}

/** One action that a statement of a role allows, and whether a call has needed it. */
export interface Grant {
  role: string
  sid: string
  action: string
  used: boolean
}

export interface Guard {
  /** @throws AwsError when the caller's role does not allow the call; gives what is to be checked if nothing is found */
  check(request: AwsRequest): Promise<{ whenMissing?: () => void }>
  /** For what services ask by themselves, in the role that they act in. */
  askAsService: AskAsService
  /** What the service says of an ask in that role; undefined when the role allows it. */
  refusalOf(roleArn: string, ask: Ask): string | undefined
  denials: Denial[]
  grants(): Grant[]
  /** Calls of roles, one of each kind. */
  calls(): MadeCall[]
}

interface Caller {
  name: string
  statements: Statement[]
  used: Map<Statement, Set<string>>
}

/**
 * Judges every call of a function, job, crawler, machine or quality run by the policies of its role. The laptop itself and its user
 * have the key of the account's owner. A key that is neither's is refused.
 */
export function createGuard(keys: AccessKeys, roles: RoleDefinition[] = [], encryption: Encryption = new Map()): Guard {
  const callers = new Map(roles.map((role) => [keys.of(role.arn), callerOf(role)]))
  const denials: Denial[] = []
  const made = createMadeCalls()

  function demand(caller: Caller, ask: Ask & { refusal?: string }, service: string): void {
    const statement = judge(caller.statements, ask)
    if (!statement) {
      denials.push({ role: caller.name, action: ask.action, resource: ask.resource })
      throw ask.refusal === undefined ? denied(service, caller.name, ask) : new AwsError('AccessDeniedException', ask.refusal, 403)
    }
    caller.used.set(statement, (caller.used.get(statement) ?? new Set()).add(ask.action.toLowerCase()))
  }

  const grants = () =>
    [...callers.values()].flatMap(({ name, statements, used }) =>
      statements.flatMap((statement) =>
        [statement.Action].flat().map((action) => ({
          role: name,
          sid: statement.Sid ?? '',
          action,
          used: used.get(statement)?.has(action.toLowerCase()) ?? false,
        })),
      ),
    )

  function demandInRole(roleArn: string, asks: Ask[]): void {
    const caller = callers.get(keys.of(roleArn))
    if (!caller) throw new AwsError('AccessDeniedException', `The template has no role ${roleArn}`, 403)
    for (const ask of [...asks, ...asks.flatMap((each) => keyAsks(each, encryption))])
      demand(caller, ask, ask.action.split(':')[0] as string)
  }

  return {
    denials,
    askAsService: (roleArn, use, values) => demandInRole(roleArn, asksHere(use, values)),
    refusalOf(roleArn, ask) {
      try {
        demandInRole(roleArn, [ask])
      } catch (error) {
        return (error as Error).message
      }
    },
    async check(request) {
      const { service, accessKeyId } = request
      if (accessKeyId === '') throw new AwsError('MissingAuthenticationToken', 'The request is not signed', 403)
      if (accessKeyId === keys.owner) return {}
      const caller = callers.get(accessKeyId)
      if (!caller) throw unknownKey(service)
      // The uploaded content does not affect which action is asked for.
      const uploads = service === 's3' && request.method === 'PUT'
      const body = uploads ? '' : (await readBody(request.message)).toString('utf8')
      const call = { ...request, headers: request.message.headers, body }
      made.note(caller.name, call)
      const asks = asksOf(call) ?? [{ action: `${service}:${request.operation ?? request.method}`, resource: request.path }]
      for (const ask of [...asks, ...asks.flatMap((each) => keyAsks(each, encryption))]) demand(caller, ask, service)
      const sought = asks.find(({ action }) => action === 's3:GetObject')
      if (!sought || uploads) return {}
      return { whenMissing: () => demand(caller, toSeeThatItIsMissing(sought), service) }
    },
    grants,
    calls: made.all,
  }
}

/** Without permission to list, S3 answers 403 instead of 404 for a missing key. The key counts as the prefix. */
function toSeeThatItIsMissing({ resource }: Ask): Ask {
  const slash = resource.indexOf('/')
  return { action: 's3:ListBucket', resource: resource.slice(0, slash), context: { 's3:prefix': resource.slice(slash + 1) } }
}

/** How each service calls it; the rest say AccessDeniedException. */
const NAMES: Record<string, string> = { s3: 'AccessDenied', sns: 'AuthorizationError', monitoring: 'AccessDenied' }

/** Of the query protocol; the JSON protocols have a name of their own for it. */
const QUERY_SERVICES = new Set(['sns', 'iam', 'sts', 'cloudformation'])

function unknownKey(service: string): AwsError {
  if (service === 's3') {
    return new AwsError('InvalidAccessKeyId', 'The AWS Access Key Id you provided does not exist in our records.', 403)
  }
  const name = QUERY_SERVICES.has(service) ? 'InvalidClientTokenId' : 'UnrecognizedClientException'
  return new AwsError(name, 'The security token included in the request is invalid.', 403)
}

function denied(service: string, role: string, { action, resource }: Ask): AwsError {
  const user = arn('sts', `assumed-role/${role}/laptop`).replace(/:sts:[^:]*:/, ':sts::')
  const message = `User: ${user} is not authorized to perform: ${action} on resource: ${resource} because no identity-based policy allows the ${action} action`
  return new AwsError(NAMES[service] ?? 'AccessDeniedException', message, 403)
}

function callerOf({ name, policies }: RoleDefinition): Caller {
  const statements = policies.flatMap(({ document }) => [(document as unknown as { Statement: Statement | Statement[] }).Statement].flat())
  return { name, statements, used: new Map() }
}
