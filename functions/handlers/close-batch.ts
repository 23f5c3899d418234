import { parseExecutionEnd } from '../domain/batch/execution-end.ts'
import { compose } from '../runtime/compose.ts'
import {
  alerts,
  announcements,
  batches,
  clock,
  contracts,
  counters,
  executions,
  failedBatches,
  flows,
  jobSlots,
  lake,
  landings,
  leases,
  lineageReceiver,
  pauses,
  publishedEvents,
  registry,
  timer,
} from '../runtime/connections.ts'
import { logger } from '../runtime/lambda.ts'
import { database, ingestStateMachineArn, lakeBucket, settleSeconds } from '../runtime/settings.ts'
import { sqsLambda } from '../runtime/sqs.ts'
import { closeBatch } from '../use-cases/intake/close-batch.ts'

const world = compose({
  ...{ landings, flows, pauses, registry, batches, leases, jobSlots, contracts, lake, executions, alerts, timer },
  ...{ failedBatches, announcements, publishedEvents, lineageReceiver, counters, clock },
  log: () => logger,
  settings: compose({ database, lakeBucket, ingestStateMachineArn, settleSeconds }),
})

/** Queue execution-events: executions of ingest that ended. */
export const handler = sqsLambda(async ({ body }) => {
  const end = parseExecutionEnd(body)
  if (end === undefined) return
  // An input too large for an event is left out of it.
  const input = end.input ?? (await world().executions.describe(end.executionArn))?.input ?? '{}'
  await closeBatch({ ...end, input }, world())
})
