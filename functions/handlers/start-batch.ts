import { parseCrawlerEvent } from '../domain/landing/crawl-messages.ts'
import { compose } from '../runtime/compose.ts'
import {
  alerts,
  batches,
  clock,
  contracts,
  counters,
  crawlers,
  executions,
  flows,
  lake,
  landings,
  pauses,
  timer,
} from '../runtime/connections.ts'
import { ingestStateMachineArn, lakeBucket, prefix, settleSeconds } from '../runtime/settings.ts'
import { sqsLambda } from '../runtime/sqs.ts'
import { startBatch } from '../use-cases/intake/start-batch.ts'

const world = compose({
  ...{ landings, flows, pauses, batches, crawlers, contracts, lake, executions, alerts, timer, counters, clock },
  settings: compose({ prefix, lakeBucket, ingestStateMachineArn, settleSeconds }),
})

/** Queue crawler-events: raw crawls that ended. */
export const handler = sqsLambda(({ body }) => startBatch(parseCrawlerEvent(body), world()))
