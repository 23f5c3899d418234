import pMap from 'p-map'
import type { ServiceAsk } from '../../../infra/permissions/service-asks.ts'
import { serviceUses } from '../../../infra/permissions/service-uses.ts'
import type { Check } from '../finding.ts'

/** IAM's own rate for SimulatePrincipalPolicy is low; more at once is only throttled. */
const AT_ONCE = 4

/** Asks of one role that one call to IAM can answer: on one resource, with one context. */
interface Question {
  roleArn: string
  role: string
  resource: string
  context: Record<string, string>
  asks: (ServiceAsk & { use: string })[]
}

/** What AWS's services will ask of each role, asked of the deployed roles (infra/permissions/service-asks.yml). */
export const roles: Check = {
  name: 'Permissions of roles',
  async run(account) {
    const { resources, resolve, place } = await account.deployed()
    const questions = new Map<string, Question>()
    for (const { use, role, asks } of serviceUses(resources, resolve, { ...place })) {
      if (role === undefined) continue
      const roleArn = resolve({ 'Fn::GetAtt': [role, 'Arn'] })
      for (const ask of asks) {
        const { resource, context = {} } = ask
        const id = JSON.stringify([roleArn, resource, context])
        const question = questions.get(id) ?? { roleArn, role, resource, context, asks: [] }
        question.asks.push({ ...ask, use })
        questions.set(id, question)
      }
    }
    const denied = await pMap(
      questions.values(),
      async ({ roleArn, role, resource, context, asks }) => {
        const actions = [...new Set(asks.map(({ action }) => action))]
        const answers = await account.simulate(roleArn, actions, resource, context)
        return answers.filter(({ allowed }) => !allowed).map((answer) => ({ ...answer, role, resource }))
      },
      { concurrency: AT_ONCE },
    )
    const findings = denied.flat().map(({ role, action, resource, deniedBy }) => ({
      level: 'problem' as const,
      message: `${role} may not ${action} on ${resource}${deniedBy ? `: ${deniedBy} denies it` : ''}`,
      fix: deniedBy
        ? `ask the team that manages the ${deniedBy} to allow it`
        : `deploy this version again: npx --no-install serverless deploy --stage ${account.stage}`,
    }))
    const count = [...questions.values()].reduce((sum, { asks }) => sum + asks.length, 0)
    return findings.length > 0 ? findings : [{ level: 'ok', message: `${count} permissions that AWS's services need are there` }]
  },
}
