import { compose } from '../runtime/compose.ts'
import { alerts, clock, contracts, counters, flows, landings, misplaced, raw, timer } from '../runtime/connections.ts'
import { logger } from '../runtime/lambda.ts'
import { rawBucket, settleSeconds } from '../runtime/settings.ts'
import { sqsBatchLambda } from '../runtime/sqs.ts'
import { recordLandings } from '../use-cases/intake/record-landings.ts'

const world = compose({
  ...{ contracts, landings, misplaced, flows, timer, raw, counters, alerts, clock },
  log: () => logger,
  settings: compose({ rawBucket, settleSeconds }),
})

/** Queue landings: S3 events of the raw bucket. */
export const handler = sqsBatchLambda((messages) => recordLandings(messages, world()))
