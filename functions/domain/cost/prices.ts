import type { Contract } from '../contract/contract.ts'

/**
 * Prices of Sluice's estimates, in dollars: list prices of one region at one time, without taxes, discounts and free tiers. They are
 * fixed here and not looked up. Where your prices differ, the shares of an estimate still hold, but its sums do not.
 */
export const PRICES = {
  region: 'us-east-1',
  asOf: '2025-11',
  dpuHour: { standard: 0.44, flex: 0.29 },
  transition: 0.000025,
  functionCall: 0.0000002,
  /** Of a function on arm64. */
  gigabyteSecond: 0.0000133334,
  /** PUT, COPY, POST, LIST; GET and HEAD. */
  s3Write: 0.000005,
  s3Read: 0.0000004,
  /** Request units on demand; a transactional write takes two, and the index as many again. */
  ledgerWrite: 0.000000625,
  ledgerRead: 0.000000125,
  queueRequest: 0.0000004,
  /** S3's events over EventBridge are opt-in service events. */
  event: 0.000001,
} as const

/** DPUs of a worker. */
const DPUS: Record<Contract['compute']['worker_type'], number> = { 'G.1X': 1, 'G.2X': 2, 'G.4X': 4, 'G.8X': 8 }
/** Glue bills every job and quality run for a minute at least, and a crawl for ten. */
const LEAST_RUN_SECONDS = 60
const LEAST_CRAWL_SECONDS = 600
const CRAWL_DPUS = 2
/** Workers of a quality run, one DPU each: QualityWorkers of the state machine. */
const QUALITY_DPUS = 5
/** Recorded and closed by a conditional transaction each, table and index; queue requests are shared by ten. */
const LEDGER_WRITES_A_LANDING = 8
const QUEUE_REQUESTS_A_LANDING = 1.2

/** What Glue bills of a job run whose workers all stay to its end. */
export const jobDpuSeconds = (workerType: string, workers: number, seconds: number) =>
  workers * (DPUS[workerType as keyof typeof DPUS] ?? 1) * Math.max(seconds, LEAST_RUN_SECONDS)

export const qualityDpuSeconds = (seconds: number) => QUALITY_DPUS * Math.max(seconds, LEAST_RUN_SECONDS)

export const dpuDollars = (dpuSeconds: number, capacity: 'standard' | 'flex' = 'standard') => (dpuSeconds / 3600) * PRICES.dpuHour[capacity]

/** Crawls here look at some new folders: none takes longer than is billed at least. */
export const CRAWL_DOLLARS = dpuDollars(CRAWL_DPUS * LEAST_CRAWL_SECONDS)

/** What the intake of one object costs beside its batch: the event, the queue, its row in the ledger. */
export const LANDING_DOLLARS = PRICES.event + QUEUE_REQUESTS_A_LANDING * PRICES.queueRequest + LEDGER_WRITES_A_LANDING * PRICES.ledgerWrite
