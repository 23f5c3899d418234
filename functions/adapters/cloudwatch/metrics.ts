import { CloudWatchClient, PutMetricDataCommand } from '@aws-sdk/client-cloudwatch'
import type { Metrics } from '../../ports/telemetry.ts'

/** PutMetricData takes 1,000 values a call. */
const PUT_LIMIT = 1000

export function cloudwatchMetrics(namespace: string, client = new CloudWatchClient({})): Metrics {
  return {
    async put(dataset, metrics) {
      for (let start = 0; start < metrics.length; start += PUT_LIMIT) {
        const MetricData = metrics.slice(start, start + PUT_LIMIT).map(({ name, value, unit }) => ({
          MetricName: name,
          Value: value,
          Unit: unit,
          Dimensions: [{ Name: 'Dataset', Value: dataset }],
        }))
        await client.send(new PutMetricDataCommand({ Namespace: namespace, MetricData }))
      }
    },
  }
}
