import { ELAPSED_RATIO_LIMIT } from '../../../functions/domain/batch/job-times.ts'
import type { Contract } from '../../../functions/domain/contract/contract.ts'
import { type Resources, ref, type Value } from '../template/template.ts'

/** A dataset's own alarms, on metrics that record-metrics and the sweep put; docs/operations.md explains what to do on each. */
export function datasetAlarms({ dataset, gold, quarantine }: Contract, stage: string): Resources {
  const alarm = (kind: string, description: string, properties: Record<string, Value>): Resources[string] => ({
    Type: 'AWS::CloudWatch::Alarm',
    Properties: {
      AlarmName: `sluice-${stage}_${dataset}-${kind}`,
      AlarmDescription: `${description} docs/operations.md: ${kind}`,
      Namespace: `Sluice/${stage}`,
      Dimensions: [{ Name: 'Dataset', Value: dataset }],
      Statistic: 'Maximum',
      EvaluationPeriods: 1,
      ComparisonOperator: 'GreaterThanThreshold',
      AlarmActions: [ref('AlertTopicArn')],
      OKActions: [ref('AlertTopicArn')],
      ...properties,
    },
  })
  const elapsed = alarm('job-elapsed', `A job of ${dataset} takes more than ${ELAPSED_RATIO_LIMIT} times its median.`, {
    MetricName: 'JobElapsedRatio',
    // Two sweeps: one that is a little late ends no alarm.
    Period: 1800,
    Threshold: ELAPSED_RATIO_LIMIT,
    // No data: no job runs, or none for too long.
    TreatMissingData: 'notBreaching',
  })
  // No row of a gold dataset is quarantined, and no rate is above 1.
  if (gold || quarantine.warn_rate >= 1) return { JobElapsedAlarm: elapsed }
  return {
    JobElapsedAlarm: elapsed,
    QuarantineRateAlarm: alarm('quarantine-rate', `More rows of ${dataset} were set aside than warn_rate allows.`, {
      MetricName: 'QuarantineRate',
      Period: 300,
      // The metric is in percent; 0.07 × 100 is a little more than 7.
      Threshold: Number((quarantine.warn_rate * 100).toPrecision(12)),
      // Between two batches nothing gets better or worse.
      TreatMissingData: 'ignore',
    }),
  }
}
