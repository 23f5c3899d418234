import { principalOf, type UseName, type Values } from '../../infra/permissions/service-asks.ts'
import { DELIVERIES } from '../../infra/permissions/service-uses.ts'
import { type Ask, judge, like, type Statement } from './policy.ts'
import { asksHere } from './service-role.ts'

/** A policy on a resource: it lists who may use the resource. A role's policy lists what the role may use. */
export interface ResourcePolicy {
  Statement: ResourceStatement | ResourceStatement[]
}
type Principals = '*' | { Service?: string | string[]; AWS?: string | string[] }
export type ResourceStatement = Statement & { Principal: Principals }

/** What a service of AWS asks as itself, and not in a role: only the resource's own policy can allow it. */
interface Asked {
  /** The template's resource that has the service do it. */
  by: string
  service: string
  ask: Ask
}

/**
 * Gathers, while a template is made, what services are to do and what the policies of queues, topics, keys, functions and log
 * groups and the trust of roles let them. Moto delivers events whatever these say; AWS drops them without a word.
 */
export function createServiceAccess() {
  const statements = new Map<string, ResourceStatement[]>()
  const keyOf = new Map<string, string>()
  const asked: Asked[] = []
  const late: (() => void)[] = []
  const use = (by: string, name: UseName, values: Values) => {
    for (const ask of asksHere(name, values)) asked.push({ by, service: principalOf(name, values) as string, ask })
  }
  // Whether a topic is encrypted is known when all is made.
  const useKey = (by: string, name: UseName, resource: string) =>
    void late.push(() => {
      const key = keyOf.get(resource)
      if (key !== undefined) use(by, name, { key })
    })
  return {
    allow(resourceArn: string, { Statement }: ResourcePolicy) {
      statements.set(resourceArn, [...(statements.get(resourceArn) ?? []), ...[Statement].flat()])
    },
    encrypt: (resourceArn: string, key: string) => void keyOf.set(resourceArn, key),
    deliver(by: string, rule: string, target: string) {
      const delivery = DELIVERIES[target.split(':')[2] ?? '']
      if (delivery) use(by, delivery, { rule, target })
      useKey(by, 'rule-key', target)
    },
    alarm(by: string, alarm: string, topic: string) {
      use(by, 'alarm', { alarm, topic })
      useKey(by, 'alarm-key', topic)
    },
    assume: (by: string, service: string, role: string) => use(by, 'take-role', { service, role }),

    /** What will not work on AWS, in words that name the resource. */
    problems(): string[] {
      for (const add of late.splice(0)) add()
      return asked
        .filter(({ service, ask }) => !allowed(statementsOn(ask.resource), service, ask))
        .map(
          ({ by, service, ask: { action, resource } }) =>
            `${by}: ${service} is not authorized to perform ${action} on ${resource}: none of its policies allows it`,
        )
    },
  }

  // A key is named by its id or its ARN; a policy of log groups, by the pattern that it names.
  function statementsOn(resource: string): ResourceStatement[] {
    const isIt = (arn: string) => arn === resource || arn.endsWith(`:key/${resource}`) || (arn.includes(':logs:') && like(arn, resource))
    return [...statements].filter(([arn]) => isIt(arn)).flatMap(([, each]) => each)
  }
}

export type ServiceAccess = ReturnType<typeof createServiceAccess>

/** Whether a policy of the resource lets the service do what it asks. */
export function allowed(statements: ResourceStatement[], service: string, { action, resource, context }: Ask): boolean {
  // Trust and key policies speak of what they belong to, and name no resource or `*`.
  const meant = statements.filter(({ Principal }) => names(Principal, service)).map((each) => ({ ...each, Resource: each.Resource ?? '*' }))
  return judge(meant, { action, resource, context: { ...context, 'aws:SecureTransport': 'true' } }) !== undefined
}

const names = (principal: Principals, service: string) => principal === '*' || [principal.Service ?? []].flat().includes(service)
