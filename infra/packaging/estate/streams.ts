import { LANDER_CODE_PARAMETER } from '../dataset/streams/lander.ts'
import { type Resources, type Statement, withStatements } from '../template/template.ts'

/**
 * What the sweep needs to see whether streams are read. Lambda lets no resource be named for it:
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_awslambda.html
 */
export const WATCHES_STREAMS: Statement = { Sid: 'SeeWhetherStreamsAreRead', Action: 'lambda:ListEventSourceMappings', Resource: '*' }

const ROLE = 'SweepRole'
const FUNCTION = 'SweepLambdaFunction'

/**
 * The resources with what streams need beside the stacks of their datasets, and unchanged where no dataset has one. The sweep changes after
 * those stacks: with new contracts, and an event source mapping that is not there yet, it would report that one is missing.
 */
export function withStreams(resources: Resources): Resources {
  const stacks = Object.entries(resources).flatMap(([id, { Type, Properties }]) => {
    const { Parameters = {} } = (Properties ?? {}) as { Parameters?: object }
    return Type === 'AWS::CloudFormation::Stack' && LANDER_CODE_PARAMETER in Parameters ? [id] : []
  })
  if (stacks.length === 0) return resources
  const { [ROLE]: role, [FUNCTION]: sweep } = resources
  if (!role || !sweep) throw new Error(`the template has no ${role ? FUNCTION : ROLE}, which streams need`)
  const DependsOn = [...[sweep.DependsOn ?? []].flat(), ...stacks]
  return { ...resources, [ROLE]: withStatements(role, [WATCHES_STREAMS]), [FUNCTION]: { ...sweep, DependsOn } }
}
