import type { Context } from 'aws-lambda'
import { cloudwatchMetrics } from '../adapters/cloudwatch/metrics.ts'
import { glueCrawlers } from '../adapters/glue/crawlers.ts'
import { glueJobRuns } from '../adapters/glue/job-runs.ts'
import { dynamodbLedger } from '../adapters/ledger/ledger.ts'
import { snsAlertTopic } from '../adapters/messaging/alert-topic.ts'
import { sqsCrawlTimer } from '../adapters/messaging/crawl-timer.ts'
import { sqsFailedBatches } from '../adapters/messaging/failed-batches.ts'
import { s3Contracts } from '../adapters/s3/contracts.ts'
import { s3ObjectStore } from '../adapters/s3/object-store.ts'
import { sfnExecutions } from '../adapters/step-functions/executions.ts'
import { curateJobName } from '../domain/names.ts'
import { systemClock as clock } from '../runtime/clock.ts'
import { readConfig } from '../runtime/config.ts'
import { logCounters } from '../runtime/counters.ts'
import { lambda, logger } from '../runtime/lambda.ts'
import { lazy } from '../runtime/lazy.ts'
import { intakeAlerts } from '../use-cases/intake/intake-alerts.ts'
import { sweep } from '../use-cases/intake/sweep.ts'

const world = lazy(() => {
  const config = readConfig(
    'LEDGER_TABLE_NAME',
    'RESOURCE_PREFIX',
    'CONTRACTS_URI',
    'LAKE_BUCKET_NAME',
    'INGEST_STATE_MACHINE_ARN',
    'ALERT_TOPIC_ARN',
    'CRAWL_QUEUE_URL',
    'FAILED_BATCH_QUEUE_URL',
    'RAW_BUCKET_NAME',
    'SETTLE_SECONDS',
    'CRAWL_DEADLINE_SECONDS',
    'SWEEP_GRACE_SECONDS',
    'METRICS_NAMESPACE',
  )
  const ledger = dynamodbLedger(config.LEDGER_TABLE_NAME, clock)
  return {
    ...ledger,
    crawlers: glueCrawlers(),
    jobRuns: glueJobRuns(curateJobName(config.RESOURCE_PREFIX)),
    contracts: s3Contracts(config.CONTRACTS_URI),
    lake: s3ObjectStore(config.LAKE_BUCKET_NAME),
    executions: sfnExecutions(),
    alerts: intakeAlerts(ledger.alertStates, snsAlertTopic(config.ALERT_TOPIC_ARN)),
    timer: sqsCrawlTimer(config.CRAWL_QUEUE_URL),
    failedBatches: sqsFailedBatches(config.FAILED_BATCH_QUEUE_URL),
    raw: s3ObjectStore(config.RAW_BUCKET_NAME),
    counters: logCounters(config.METRICS_NAMESPACE),
    metrics: cloudwatchMetrics(config.METRICS_NAMESPACE),
    clock,
    settings: {
      prefix: config.RESOURCE_PREFIX,
      lakeBucket: config.LAKE_BUCKET_NAME,
      ingestStateMachineArn: config.INGEST_STATE_MACHINE_ARN,
      settleSeconds: config.SETTLE_SECONDS,
      crawlDeadlineSeconds: config.CRAWL_DEADLINE_SECONDS,
      rawBucket: config.RAW_BUCKET_NAME,
      sweepGraceSeconds: config.SWEEP_GRACE_SECONDS,
      sweepLookbackDays: 30,
    },
  }
})

/** Schedule: finds what lost events would have told. */
export const handler = lambda(async (_event: unknown, context: Context) => {
  // What is left of the time stays for the part that is under way.
  const until = new Date(Date.now() + context.getRemainingTimeInMillis() - 30_000)
  const failures = await sweep(world(), until)
  for (const [step, error] of failures) logger.error('sweep failed', { step, error })
  if (failures.size > 0) throw new Error(`${failures.size} parts of the sweep failed: ${[...failures.keys()].join(', ')}`)
  return { swept: true }
})
