import { cloudwatchMetrics } from '../adapters/cloudwatch/metrics.ts'
import { dynamodbJobTimes } from '../adapters/ledger/job-times.ts'
import { ledgerTable } from '../adapters/ledger/table.ts'
import { s3ObjectStore } from '../adapters/s3/object-store.ts'
import { readConfig } from '../runtime/config.ts'
import { lambda } from '../runtime/lambda.ts'
import { type RecordMetricsDeps, recordMetrics, recordMetricsInput } from '../use-cases/batch/record-metrics.ts'

let deps: RecordMetricsDeps | undefined

/** State `Record Metrics` of ingest, after success and failure. */
export const handler = lambda(async (event: unknown) => recordMetrics(recordMetricsInput.parse(event), (deps ??= connect())))

function connect(): RecordMetricsDeps {
  const config = readConfig('LAKE_BUCKET_NAME', 'LEDGER_TABLE_NAME', 'METRICS_NAMESPACE')
  return {
    lake: s3ObjectStore(config.LAKE_BUCKET_NAME),
    jobTimes: dynamodbJobTimes(ledgerTable(config.LEDGER_TABLE_NAME)),
    metrics: cloudwatchMetrics(config.METRICS_NAMESPACE),
    clock: { now: () => new Date() },
  }
}
