import { glueCrawlers } from '../adapters/glue/crawlers.ts'
import { dynamodbLedger } from '../adapters/ledger/ledger.ts'
import { snsAlertTopic } from '../adapters/messaging/alert-topic.ts'
import { sqsCrawlTimer } from '../adapters/messaging/crawl-timer.ts'
import { s3Contracts } from '../adapters/s3/contracts.ts'
import { s3ObjectStore } from '../adapters/s3/object-store.ts'
import { sfnExecutions } from '../adapters/step-functions/executions.ts'
import { parseCrawlerEvent } from '../domain/landing/crawl-messages.ts'
import { systemClock as clock } from '../runtime/clock.ts'
import { readConfig } from '../runtime/config.ts'
import { logCounters } from '../runtime/counters.ts'
import { lazy } from '../runtime/lazy.ts'
import { sqsLambda } from '../runtime/sqs.ts'
import { intakeAlerts } from '../use-cases/intake/intake-alerts.ts'
import { startBatch } from '../use-cases/intake/start-batch.ts'

const world = lazy(() => {
  const config = readConfig(
    'LEDGER_TABLE_NAME',
    'RESOURCE_PREFIX',
    'CONTRACTS_URI',
    'LAKE_BUCKET_NAME',
    'INGEST_STATE_MACHINE_ARN',
    'ALERT_TOPIC_ARN',
    'CRAWL_QUEUE_URL',
    'SETTLE_SECONDS',
    'METRICS_NAMESPACE',
  )
  const ledger = dynamodbLedger(config.LEDGER_TABLE_NAME, clock)
  return {
    ...ledger,
    crawlers: glueCrawlers(),
    contracts: s3Contracts(config.CONTRACTS_URI),
    lake: s3ObjectStore(config.LAKE_BUCKET_NAME),
    executions: sfnExecutions(),
    alerts: intakeAlerts(ledger.alertStates, snsAlertTopic(config.ALERT_TOPIC_ARN)),
    timer: sqsCrawlTimer(config.CRAWL_QUEUE_URL),
    counters: logCounters(config.METRICS_NAMESPACE),
    clock,
    settings: {
      prefix: config.RESOURCE_PREFIX,
      lakeBucket: config.LAKE_BUCKET_NAME,
      ingestStateMachineArn: config.INGEST_STATE_MACHINE_ARN,
      settleSeconds: config.SETTLE_SECONDS,
    },
  }
})

/** Queue crawler-events: raw crawls that ended. */
export const handler = sqsLambda(({ body }) => startBatch(parseCrawlerEvent(body), world()))
