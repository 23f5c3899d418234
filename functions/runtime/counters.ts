import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics'
import type { Counters } from '../ports/telemetry.ts'

/** Counts in the embedded metric format: a log line that CloudWatch makes a metric of, without a call. */
export function logCounters(namespace: string): Counters {
  const metrics = new Metrics({ namespace, serviceName: 'intake' })
  return {
    count(name, value, dimensions) {
      const single = metrics.singleMetric()
      for (const [dimension, of] of Object.entries(dimensions)) single.addDimension(dimension, of)
      single.addMetric(name, MetricUnit.Count, value)
    },
  }
}
