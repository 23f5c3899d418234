import type { Contract } from '../../../functions/domain/contract/contract.ts'
import { isSchedule } from '../../../functions/domain/contract/fields/schedule.ts'
import { goldScheduleName } from '../../../functions/domain/names.ts'
import { type Resources, ref } from '../template/template.ts'

/** The rule of a gold dataset that starts by a schedule: it tells the crawls queue that the time has come. Nothing for other datasets. */
export function goldSchedule({ dataset, gold }: Contract, prefix: string): Resources {
  if (gold === undefined || !isSchedule(gold.start)) return {}
  return {
    Schedule: {
      Type: 'AWS::Events::Rule',
      Properties: {
        Name: goldScheduleName(prefix, dataset),
        Description: `Batches of ${dataset}`,
        ScheduleExpression: gold.start,
        Targets: [
          {
            Id: 'crawls',
            Arn: ref('CrawlQueueArn'),
            InputTransformer: {
              InputPathsMap: { dueAt: '$.time' },
              InputTemplate: JSON.stringify({ dataset, dueAt: '<dueAt>' }).replace('"<dueAt>"', '<dueAt>'),
            },
          },
        ],
      },
    },
  }
}
