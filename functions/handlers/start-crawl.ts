import { parseCrawlMessage } from '../domain/landing/crawl-messages.ts'
import { compose } from '../runtime/compose.ts'
import {
  alerts,
  batches,
  catalog,
  clock,
  contracts,
  counters,
  crawlers,
  executions,
  flows,
  lake,
  landings,
  pauses,
  proof,
  registry,
  timer,
} from '../runtime/connections.ts'
import { crawlDeadlineSeconds, ingestStateMachineArn, lakeBucket, prefix, rawBucket, settleSeconds } from '../runtime/settings.ts'
import { sqsLambda } from '../runtime/sqs.ts'
import { scheduleGold } from '../use-cases/gold/schedule-gold.ts'
import { startCrawl } from '../use-cases/intake/start-crawl.ts'

const world = compose({
  ...{ landings, flows, pauses, batches, catalog, proof, registry, crawlers, contracts, lake, executions, alerts, timer, counters, clock },
  settings: compose({ prefix, rawBucket, lakeBucket, ingestStateMachineArn, settleSeconds, crawlDeadlineSeconds }),
})

/** Queue crawls: timers of crawls that are due, or to be looked after, and schedules of gold datasets that have come by. */
export const handler = sqsLambda(({ body }) => {
  const message = parseCrawlMessage(body)
  return 'dueAt' in message ? scheduleGold(message, world()) : startCrawl(message, world())
})
