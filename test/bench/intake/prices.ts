import type { RunResult } from './run.ts'

/** us-east-1, in dollars. The shape of the jobs is assumed, and the same for both designs. */
const PRICE = {
  dpuHour: 0.44,
  /** Write request units; a transactional write takes two, and the index as many again. */
  millionWrites: 0.625,
  millionReads: 0.125,
  millionQueueRequests: 0.4,
  /** S3 events over EventBridge are opt-in service events. */
  millionEvents: 1,
  millionTransitions: 25,
  millionInvocations: 0.2,
  gigabyteSecond: 0.0000133334,
} as const

const CRAWL = { dpus: 2, leastHours: 10 / 60 }
const JOB = { dpus: 2, leastHours: 1 / 60, hoursPerBatch: 3 / 60 }
const TRANSITIONS_PER_BATCH = 25
/** Receive, delete, StartCrawler, a look a minute at a crawl of ten, StartJobRun, and one a minute at a run. */
const NAIVE_CALLS_PER_FILE = 2 / 10 + 1 + 10 + 1 + 1

export interface Bill {
  crawlers: number
  jobs: number
  stepFunctions: number
  ledger: number
  messages: number
  functions: number
  total: number
  callsPer1000Files: number
}

export function bill({ files, events, calls, totalCalls, crawls, batches, invocations, handlerSeconds, written, reads }: RunResult): Bill {
  return totalled({
    crawlers: crawls * CRAWL.dpus * CRAWL.leastHours * PRICE.dpuHour,
    jobs: batches * JOB.dpus * JOB.hoursPerBatch * PRICE.dpuHour,
    stepFunctions: (batches * TRANSITIONS_PER_BATCH * PRICE.millionTransitions) / 1e6,
    ledger: (written * 4 * PRICE.millionWrites + reads * PRICE.millionReads) / 1e6,
    messages:
      (events * PRICE.millionEvents +
        ((calls['sqs receive and delete'] ?? 0) + (calls['sqs:SendMessage'] ?? 0)) * PRICE.millionQueueRequests) /
      1e6,
    // Half a gigabyte; a function waits for the ledger three times as long as it computes.
    functions: (invocations * PRICE.millionInvocations) / 1e6 + handlerSeconds * 4 * 0.5 * PRICE.gigabyteSecond,
    callsPer1000Files: Math.round((totalCalls / files) * 1000),
  })
}

/** On paper: every event starts a crawl and then a run, and each pays its least time. */
export function naiveBill({ files }: RunResult): Bill {
  return totalled({
    crawlers: files * CRAWL.dpus * CRAWL.leastHours * PRICE.dpuHour,
    jobs: files * JOB.dpus * JOB.leastHours * PRICE.dpuHour,
    stepFunctions: (files * TRANSITIONS_PER_BATCH * PRICE.millionTransitions) / 1e6,
    ledger: 0,
    messages: (files * (PRICE.millionEvents + 0.2 * PRICE.millionQueueRequests)) / 1e6,
    functions: (files * PRICE.millionInvocations) / 1e6 + files * 0.2 * 0.125 * PRICE.gigabyteSecond,
    callsPer1000Files: Math.round(NAIVE_CALLS_PER_FILE * 1000),
  })
}

function totalled(parts: Omit<Bill, 'total'>): Bill {
  const { callsPer1000Files, ...dollars } = parts
  return { ...parts, total: Object.values(dollars).reduce((sum, part) => sum + part, 0), callsPer1000Files }
}
