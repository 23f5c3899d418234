import type { Context } from 'aws-lambda'
import { compose } from '../runtime/compose.ts'
import {
  alerts,
  announcements,
  batches,
  clock,
  contracts,
  counters,
  crawlers,
  cursors,
  executions,
  extracts,
  failedBatches,
  flows,
  jobRuns,
  jobSlots,
  jobTimes,
  lake,
  landings,
  leases,
  lineageReceiver,
  metrics,
  pauses,
  publishedEvents,
  raw,
  registry,
  streamMappings,
  tablePointers,
  timer,
} from '../runtime/connections.ts'
import { lambda, logger } from '../runtime/lambda.ts'
import {
  crawlDeadlineSeconds,
  database,
  ingestStateMachineArn,
  lakeBucket,
  prefix,
  rawBucket,
  settleSeconds,
  sweepGraceSeconds,
} from '../runtime/settings.ts'
import { sweep } from '../use-cases/intake/sweep.ts'

const world = compose({
  ...{
    announcements,
    publishedEvents,
    lineageReceiver,
    crawlers,
    jobRuns,
    executions,
    streamMappings,
    alerts,
    timer,
    failedBatches,
    counters,
    metrics,
    clock,
  },
  ...{
    landings,
    flows,
    pauses,
    registry,
    batches,
    extracts,
    leases,
    jobSlots,
    cursors,
    jobTimes,
    contracts,
    lake,
    raw,
    tables: tablePointers,
  },
  log: () => logger,
  settings: compose({
    ...{ prefix, database, lakeBucket, rawBucket, ingestStateMachineArn, settleSeconds, crawlDeadlineSeconds, sweepGraceSeconds },
    sweepLookbackDays: () => 30,
  }),
})

/** Schedule: finds what lost events would have reported. */
export const handler = lambda(async (_event: unknown, context: Context) => {
  // The remaining time is for the part that is running.
  const until = new Date(Date.now() + context.getRemainingTimeInMillis() - 30_000)
  const failures = await sweep(world(), until)
  for (const [step, error] of failures) logger.error('sweep failed', { step, error })
  if (failures.size > 0) throw new Error(`${failures.size} parts of the sweep failed: ${[...failures.keys()].join(', ')}`)
  return { swept: true }
})
