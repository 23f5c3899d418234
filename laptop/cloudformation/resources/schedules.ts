import type { Context, Made, ResourceType } from '../resource-type.ts'
import { TemplateError } from '../template.ts'

interface ScheduleProperties {
  Name?: string
  ScheduleExpression: string
  Target: { Arn: string; RoleArn: string; Input?: string }
}

async function schedule(properties: ScheduleProperties, { id, generatedName, host, access }: Context): Promise<Made> {
  const { Name: name = generatedName, ScheduleExpression: expression, Target } = properties
  if (Target.Arn.split(':')[2] !== 'states')
    throw new TemplateError(`${id}: the laptop's schedules start state machines only, not ${Target.Arn}`)
  access.assume(id, 'scheduler.amazonaws.com', Target.RoleArn)
  host.addMachineSchedule({ name, expression, machineArn: Target.Arn, roleArn: Target.RoleArn, input: Target.Input ?? '{}' })
  return { ref: name }
}

export const scheduleTypes = { 'AWS::Scheduler::Schedule': schedule } as unknown as Record<string, ResourceType>
