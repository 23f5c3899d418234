import { AwsError } from '../aws/aws-error.ts'
import { escapedXml, members, type QueryOperation } from '../aws/query-service.ts'
import type { RoleDefinition } from '../cloudformation/resource-type.ts'
import { judge, type Statement } from './policy.ts'

/** IAM's SimulatePrincipalPolicy for the roles of the template, by the judge that refuses their calls. */
export function simulationOperations(roles: RoleDefinition[]): Record<string, QueryOperation> {
  return {
    SimulatePrincipalPolicy(input) {
      const arn = input.get('PolicySourceArn') ?? ''
      const role = roles.find((each) => each.arn === arn)
      if (!role) throw new AwsError('NoSuchEntity', `The role ${arn} cannot be found.`, 404)
      const statements = role.policies.flatMap(({ document }) => (document as unknown as { Statement: Statement | Statement[] }).Statement)
      const context = contextOf(input)
      const resources = members(input, 'ResourceArns')
      const results = members(input, 'ActionNames').flatMap((action) =>
        (resources.length > 0 ? resources : ['*']).map((resource) => {
          const decision = judge(statements, { action, resource, context }) ? 'allowed' : 'implicitDeny'
          return `<member><EvalActionName>${escapedXml(action)}</EvalActionName><EvalResourceName>${escapedXml(resource)}</EvalResourceName><EvalDecision>${decision}</EvalDecision></member>`
        }),
      )
      return `<IsTruncated>false</IsTruncated><EvaluationResults>${results.join('')}</EvaluationResults>`
    },
  }
}

function contextOf(input: URLSearchParams): Record<string, string> {
  const context: Record<string, string> = {}
  for (let index = 1; ; index++) {
    const key = input.get(`ContextEntries.member.${index}.ContextKeyName`)
    if (key === null) return context
    context[key] = input.get(`ContextEntries.member.${index}.ContextKeyValues.member.1`) ?? ''
  }
}
