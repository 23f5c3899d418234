import { arnOf, type Resources, ref, roleFor } from '../template/template.ts'

/**
 * A schedule that starts a state machine, and its role: resources `<what>Schedule` and `<what>ScheduleRole`. `machineArn` is the stack's
 * parameter that has the machine's ARN; `expression` one of EventBridge Scheduler.
 */
export function startsBySchedule(
  what: string,
  {
    name,
    dataset,
    expression,
    machineArn,
    input,
  }: { name: string; dataset: string; expression: string; machineArn: string; input: object },
): Resources {
  return {
    [`${what}ScheduleRole`]: roleFor('scheduler', [{ Sid: `Start${what}s`, Action: 'states:StartExecution', Resource: ref(machineArn) }]),
    [`${what}Schedule`]: {
      Type: 'AWS::Scheduler::Schedule',
      Properties: {
        Name: name,
        Description: `${what}s of ${dataset}`,
        ScheduleExpression: expression,
        FlexibleTimeWindow: { Mode: 'OFF' },
        Target: {
          Arn: ref(machineArn),
          RoleArn: arnOf(`${what}ScheduleRole`),
          Input: JSON.stringify({ dataset, ...input }),
        },
      },
    },
  }
}
