import type { Resources } from '../../../infra/packaging/template/template.ts'
import { serviceUses } from '../../../infra/permissions/service-uses.ts'
import type { Stack } from '../../cloudformation/provision.ts'
import { TemplateError } from '../../cloudformation/template.ts'
import type { Guard } from '../../iam/guard.ts'
import { PLACE } from '../../iam/service-role.ts'

/** What AWS refuses when a machine or function is made or first runs, and the laptop does by other means. */
const ASKED_AT_ONCE = ['machine-logs', 'follow-execution', 'distributed-map', 'queue-poll', 'stream-poll', 'function-run']

/** @throws TemplateError with each refusal on a line of its own */
export function refuseWhatServicesMayNot(resources: Resources, stack: Stack, guard: Guard): void {
  const uses = serviceUses(resources, (value) => String(stack.resolve(value as never)), PLACE)
  const refused = uses
    .filter(({ use }) => ASKED_AT_ONCE.includes(use))
    .flatMap(({ by, role, asks }) => {
      const roleArn = stack.made.get(String(role))?.attributes?.Arn ?? ''
      return asks.flatMap((ask) => guard.refusalOf(roleArn, ask) ?? []).map((words) => `${by}: ${words}`)
    })
  if (refused.length > 0) throw new TemplateError(refused.join('\n'))
}
