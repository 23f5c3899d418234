import { PRICES } from '../../../functions/domain/cost/prices.ts'
import type { RunResult } from './run.ts'

// The shape of the jobs is assumed, and the same for both designs.
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
    crawlers: crawls * CRAWL.dpus * CRAWL.leastHours * PRICES.dpuHour.standard,
    jobs: batches * JOB.dpus * JOB.hoursPerBatch * PRICES.dpuHour.standard,
    stepFunctions: batches * TRANSITIONS_PER_BATCH * PRICES.transition,
    // Write request units; a transactional write takes two, and the index as many again.
    ledger: written * 4 * PRICES.ledgerWrite + reads * PRICES.ledgerRead,
    messages: events * PRICES.event + ((calls['sqs receive and delete'] ?? 0) + (calls['sqs:SendMessage'] ?? 0)) * PRICES.queueRequest,
    // Half a gigabyte; a function waits for the ledger three times as long as it computes.
    functions: invocations * PRICES.functionCall + handlerSeconds * 4 * 0.5 * PRICES.gigabyteSecond,
    callsPer1000Files: Math.round((totalCalls / files) * 1000),
  })
}

/** On paper: every event starts a crawl and then a run, and each pays its least time. */
export function naiveBill({ files }: RunResult): Bill {
  return totalled({
    crawlers: files * CRAWL.dpus * CRAWL.leastHours * PRICES.dpuHour.standard,
    jobs: files * JOB.dpus * JOB.leastHours * PRICES.dpuHour.standard,
    stepFunctions: files * TRANSITIONS_PER_BATCH * PRICES.transition,
    ledger: 0,
    messages: files * (PRICES.event + 0.2 * PRICES.queueRequest),
    functions: files * PRICES.functionCall + files * 0.2 * 0.125 * PRICES.gigabyteSecond,
    callsPer1000Files: Math.round(NAIVE_CALLS_PER_FILE * 1000),
  })
}

function totalled(parts: Omit<Bill, 'total'>): Bill {
  const { callsPer1000Files, ...dollars } = parts
  return { ...parts, total: Object.values(dollars).reduce((sum, part) => sum + part, 0), callsPer1000Files }
}
