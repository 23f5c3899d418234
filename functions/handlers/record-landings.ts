import { dynamodbFlows } from '../adapters/ledger/flows.ts'
import { dynamodbLandings } from '../adapters/ledger/landings.ts'
import { ledgerTable } from '../adapters/ledger/table.ts'
import { sqsCrawlTimer } from '../adapters/messaging/crawl-timer.ts'
import { s3Contracts } from '../adapters/s3/contracts.ts'
import { s3ObjectStore } from '../adapters/s3/object-store.ts'
import { systemClock as clock } from '../runtime/clock.ts'
import { readConfig } from '../runtime/config.ts'
import { logCounters } from '../runtime/counters.ts'
import { logger } from '../runtime/lambda.ts'
import { lazy } from '../runtime/lazy.ts'
import { sqsBatchLambda } from '../runtime/sqs.ts'
import { recordLandings } from '../use-cases/intake/record-landings.ts'

const world = lazy(() => {
  const config = readConfig(
    'LEDGER_TABLE_NAME',
    'CONTRACTS_URI',
    'CRAWL_QUEUE_URL',
    'RAW_BUCKET_NAME',
    'SETTLE_SECONDS',
    'METRICS_NAMESPACE',
  )
  const table = ledgerTable(config.LEDGER_TABLE_NAME)
  return {
    contracts: s3Contracts(config.CONTRACTS_URI),
    landings: dynamodbLandings(table, clock),
    flows: dynamodbFlows(table),
    timer: sqsCrawlTimer(config.CRAWL_QUEUE_URL),
    raw: s3ObjectStore(config.RAW_BUCKET_NAME),
    counters: logCounters(config.METRICS_NAMESPACE),
    log: logger,
    clock,
    settings: { rawBucket: config.RAW_BUCKET_NAME, settleSeconds: config.SETTLE_SECONDS },
  }
})

/** Queue landings: S3 events of the raw bucket. */
export const handler = sqsBatchLambda((messages) => recordLandings(messages, world()))
