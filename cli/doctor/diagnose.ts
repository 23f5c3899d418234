import { keyPolicies, keys } from './checks/keys.ts'
import { glueQuotas, lambdaConcurrency, logPolicies } from './checks/quotas.ts'
import { roles } from './checks/roles.ts'
import { digestSubscriptions, subscriptions } from './checks/subscriptions.ts'
import { bucketEvents, contracts, lakeFormation } from './checks/wiring.ts'
import type { Account, Check, Finding } from './finding.ts'

/** A new check is a row here. */
const CHECKS: Check[] = [
  contracts,
  roles,
  bucketEvents,
  keys,
  keyPolicies,
  lakeFormation,
  subscriptions,
  digestSubscriptions,
  lambdaConcurrency,
  glueQuotas,
  logPolicies,
]

/** Every check's findings, in the order of the table. A check that cannot look is one finding, and stops no other. */
export async function diagnose(account: Account): Promise<Finding[]> {
  const findings = await Promise.all(
    CHECKS.map(async ({ name, run }) => {
      try {
        return (await run(account)).map((finding) => ({ check: name, ...finding }))
      } catch (error) {
        const reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
        return [{ check: name, level: 'unknown' as const, message: `could not be checked: ${reason}`, fix: fixOf(error) }]
      }
    }),
  )
  return findings.flat()
}

function fixOf(error: unknown): string {
  const denied = error instanceof Error && /AccessDenied|not authorized/i.test(`${error.name} ${error.message}`)
  return denied ? 'run doctor as a user who may read this' : 'run doctor again; the message is the one that AWS gave'
}
