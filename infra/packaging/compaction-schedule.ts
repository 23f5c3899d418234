import type { Contract } from '../../functions/domain/contract/contract.ts'
import { compactScheduleName } from '../../functions/domain/names.ts'
import { arnOf, type Resources, ref, roleFor } from './template.ts'

/** Starts compactions of the table by `curated.compact`. Each skips what needs none. Nothing for other datasets. */
export function compactionSchedule({ dataset, curated }: Contract, prefix: string): Resources {
  if (curated.compact === undefined) return {}
  return {
    CompactionScheduleRole: roleFor('scheduler', [
      { Sid: 'StartCompactions', Action: 'states:StartExecution', Resource: ref('IngestStateMachineArn') },
    ]),
    CompactionSchedule: {
      Type: 'AWS::Scheduler::Schedule',
      Properties: {
        Name: compactScheduleName(prefix, dataset),
        Description: `Compactions of ${dataset}`,
        ScheduleExpression: curated.compact,
        FlexibleTimeWindow: { Mode: 'OFF' },
        Target: {
          Arn: ref('IngestStateMachineArn'),
          RoleArn: arnOf('CompactionScheduleRole'),
          Input: JSON.stringify({ dataset, source: 'curated', requestedBy: 'schedule', reason: 'curated.compact' }),
        },
      },
    },
  }
}
