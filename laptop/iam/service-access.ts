import { ACCOUNT_ID } from '../aws/clients.ts'
import { judge, type Statement } from './policy.ts'

/** A policy on a resource: who may use it, where a role's policy says what the role may use. */
export interface ResourcePolicy {
  Statement: ResourceStatement | ResourceStatement[]
}
type Principals = '*' | { Service?: string | string[]; AWS?: string | string[] }
export type ResourceStatement = Statement & { Principal: Principals }

/** What a service of AWS does by itself, and not in somebody's role: only the resource's own policy can allow it. */
interface Use {
  /** The template's resource that has the service do it. */
  by: string
  service: string
  actions: string[]
  on: string
  source?: string
}

/** How a rule's event gets into its target. */
const DELIVERY: Record<string, string> = { sqs: 'sqs:SendMessage', sns: 'sns:Publish', lambda: 'lambda:InvokeFunction' }

/**
 * Gathers, while a template is made, what services are to do and what the policies of queues, topics, keys and functions and
 * the trust of roles let them. Moto delivers events whatever these say; AWS drops them without a word.
 */
export function createServiceAccess() {
  const statements = new Map<string, ResourceStatement[]>()
  const keyOf = new Map<string, string>()
  const uses: Use[] = []
  return {
    allow(resourceArn: string, { Statement }: ResourcePolicy) {
      statements.set(resourceArn, [...(statements.get(resourceArn) ?? []), ...[Statement].flat()])
    },
    encrypt: (resourceArn: string, key: string) => void keyOf.set(resourceArn, key),
    deliver(by: string, source: string, target: string) {
      const action = DELIVERY[target.split(':')[2] ?? '']
      if (action) uses.push({ by, service: 'events.amazonaws.com', actions: [action], on: target, source })
    },
    alarm: (by: string, source: string, topic: string) =>
      void uses.push({ by, service: 'cloudwatch.amazonaws.com', actions: ['sns:Publish'], on: topic, source }),
    assume: (by: string, service: string, roleArn: string) => void uses.push({ by, service, actions: ['sts:AssumeRole'], on: roleArn }),

    /** What will not work on AWS, in words that name the resource. */
    problems(): string[] {
      const ofKeys = uses.flatMap((use) => {
        const on = keyOf.get(use.on)
        return on === undefined ? [] : [{ ...use, on, actions: ['kms:Decrypt', 'kms:GenerateDataKey'] }]
      })
      return [...uses, ...ofKeys].flatMap((use) =>
        use.actions
          .filter((action) => !allowed(statementsOn(use.on), use, action))
          .map((action) => `${use.by}: ${use.service} is not authorized to perform ${action} on ${use.on}: no policy of it allows that`),
      )
    },
  }

  // A key is named by its id or its ARN.
  function statementsOn(resource: string): ResourceStatement[] {
    const found = [...statements].find(([arn]) => arn === resource || arn.endsWith(`:key/${resource}`))
    return found?.[1] ?? []
  }
}

export type ServiceAccess = ReturnType<typeof createServiceAccess>

function allowed(statements: ResourceStatement[], { service, on, source }: Use, action: string): boolean {
  const context = {
    'aws:SourceAccount': ACCOUNT_ID,
    'aws:SecureTransport': 'true',
    ...(source !== undefined && { 'aws:SourceArn': source }),
  }
  // Trust and key policies stand on what they speak of, and name no resource or `*`.
  const meant = statements.filter(({ Principal }) => names(Principal, service)).map((each) => ({ ...each, Resource: each.Resource ?? '*' }))
  return judge(meant, { action, resource: on, context }) !== undefined
}

const names = (principal: Principals, service: string) => principal === '*' || [principal.Service ?? []].flat().includes(service)
