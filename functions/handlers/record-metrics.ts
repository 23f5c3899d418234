import { compose } from '../runtime/compose.ts'
import { clock, jobTimes, lake, metrics } from '../runtime/connections.ts'
import { lambda } from '../runtime/lambda.ts'
import { recordMetrics, recordMetricsInput } from '../use-cases/batch/record-metrics.ts'

const world = compose({ lake, jobTimes, metrics, clock })

/** State `Record Metrics` of ingest, after success and failure. */
export const handler = lambda(async (event: unknown) => recordMetrics(recordMetricsInput.parse(event), world()))
