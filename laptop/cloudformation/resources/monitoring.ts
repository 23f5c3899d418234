import { ACCOUNT_ID, REGION } from '../../aws/clients.ts'
import type { Context, Made, ResourceType } from '../resource-type.ts'
import { TemplateError } from '../template.ts'

interface AlarmProperties {
  AlarmName?: string
  AlarmActions?: string[]
  OKActions?: string[]
}

// A run of a minute needs no metrics. Whether the alarm would be heard is looked at all the same: AWS drops
// what a topic, or its key, does not let CloudWatch publish.
async function alarm(
  { AlarmName, AlarmActions = [], OKActions = [] }: AlarmProperties,
  { id, generatedName, access }: Context,
): Promise<Made> {
  const name = AlarmName ?? generatedName
  const Arn = `arn:aws:cloudwatch:${REGION}:${ACCOUNT_ID}:alarm:${name}`
  for (const action of new Set([...AlarmActions, ...OKActions])) {
    if (!action.includes(':sns:')) throw new TemplateError(`${id}: the laptop supports only alarms that notify a topic, not ${action}`)
    access.alarm(id, Arn, action)
  }
  return { ref: name, attributes: { Arn } }
}

export const monitoringTypes = { 'AWS::CloudWatch::Alarm': alarm } as unknown as Record<string, ResourceType>
