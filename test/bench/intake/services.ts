import { inMemoryLedger } from '../../../functions/adapters/ledger/in-memory/ledger.ts'
import { type Contract, contractSchema } from '../../../functions/domain/contract/contract.ts'
import { LANDING_SHARDS } from '../../../functions/domain/landing/landing.ts'
import { executionArn } from '../../../functions/domain/names.ts'
import type { CrawlerView } from '../../../functions/ports/crawlers.ts'
import type { Landings } from '../../../functions/ports/landings.ts'
import type { Intake } from '../../../functions/use-cases/intake/intake.ts'
import type { Simulation } from '../../unit/intake/model/simulation.ts'

export const SETTLE_SECONDS = 60
const CRAWL_SECONDS = 90
const BATCH_SECONDS = 180
const TRANSACTION_ITEMS = 100
/** Rows of a landing in one query page of 1 MB. */
const PAGE_ROWS = 2000

type Send = (queue: 'crawls' | 'crawler-events' | 'execution-events', body: string) => void

/** Intake over services in memory that count the calls that the adapters over AWS would make. */
export function countedWorld(simulation: Simulation, datasets: string[], send: Send) {
  const calls: Record<string, number> = {}
  const units = { written: 0, reads: 0, crawls: 0, batches: 0 }
  const count = (call: string, times = 1) => {
    calls[call] = (calls[call] ?? 0) + times
  }
  const contracts = new Map(datasets.map((dataset) => [dataset, contractOf(dataset)]))
  const ledger = inMemoryLedger(simulation.clock, { keepDone: false })
  const plans = new Map<string, string>()
  const crawlers = new Map<string, CrawlerView>()

  const landings: Landings = {
    async record(events) {
      const outcomes = await ledger.landings.record(events)
      const refused = outcomes.filter(({ outcome }) => outcome !== 'recorded').length
      // A refused condition cancels its transaction, and the others of it are written again.
      count(
        'dynamodb:TransactWriteItems',
        Math.ceil(events.length / TRANSACTION_ITEMS) + (refused > 0 ? Math.ceil(events.length / TRANSACTION_ITEMS) : 0),
      )
      units.written += events.length + (refused > 0 ? events.length : 0)
      return outcomes
    },
    async *waiting(dataset, through) {
      count('dynamodb:Query', LANDING_SHARDS)
      for await (const page of ledger.landings.waiting(dataset, through)) {
        count('dynamodb:Query', Math.floor(page.length / PAGE_ROWS))
        units.reads += page.length / 8
        yield page
      }
    },
    oldestWaiting(dataset) {
      count('dynamodb:Query', LANDING_SHARDS)
      units.reads += LANDING_SHARDS
      return ledger.landings.oldestWaiting(dataset)
    },
    close(dataset, batchId, status, claimed) {
      count('dynamodb:TransactWriteItems', Math.ceil(claimed.length / TRANSACTION_ITEMS))
      units.written += claimed.length
      return ledger.landings.close(dataset, batchId, status, claimed)
    },
    find: ledger.landings.find,
    between: ledger.landings.between,
  }

  const intake: Intake = {
    ...ledger,
    landings,
    flows: counted(ledger.flows, { read: 'dynamodb:GetItem', advance: 'dynamodb:PutItem' }, count),
    batches: counted(
      ledger.batches,
      { find: 'dynamodb:GetItem', save: 'dynamodb:PutItem', open: 'dynamodb:Query', recent: 'dynamodb:Query' },
      count,
    ),
    leases: counted(
      ledger.leases,
      {
        acquire: 'dynamodb:UpdateItem',
        release: 'dynamodb:DeleteItem',
        holder: 'dynamodb:GetItem',
        enter: 'dynamodb:UpdateItem',
        holds: 'dynamodb:GetItem',
        note: 'dynamodb:UpdateItem',
        leave: 'dynamodb:DeleteItem',
        publishers: 'dynamodb:Query',
      },
      count,
    ),
    publishedEvents: { send: async () => count('events:PutEvents') },
    contracts: { all: async () => [...contracts.values()], find: async (dataset) => contracts.get(dataset) },
    crawlers: {
      async get(name) {
        count('glue:GetCrawler')
        return crawlers.get(name) ?? { state: 'READY' }
      },
      async start(name) {
        count('glue:StartCrawler')
        units.crawls += 1
        crawlers.set(name, { state: 'RUNNING' })
        const id = String(units.crawls)
        simulation.after(CRAWL_SECONDS * 1000, () => {
          crawlers.set(name, { state: 'READY', lastCrawl: { id, status: 'SUCCEEDED' } })
          send('crawler-events', JSON.stringify({ detail: { crawlerName: name, state: 'Succeeded' } }))
        })
        return 'started'
      },
      stop: async () => {},
    },
    executions: {
      async start(machine, name, input) {
        count('states:StartExecution')
        units.batches += 1
        const arn = executionArn(machine, name)
        const detail = { executionArn: arn, status: 'SUCCEEDED', startDate: simulation.now, input: JSON.stringify(input) }
        simulation.after(BATCH_SECONDS * 1000, () =>
          send('execution-events', JSON.stringify({ detail: { ...detail, stopDate: simulation.now } })),
        )
        return arn
      },
      describe: async () => undefined,
      redrive: async () => {},
      resumable: async () => ({ resumable: false, because: '' }),
    },
    streamMappings: { find: async () => undefined },
    timer: {
      async schedule(message, delaySeconds) {
        count('sqs:SendMessage')
        simulation.after(delaySeconds * 1000, () => send('crawls', JSON.stringify(message)))
      },
    },
    failedBatches: { send: async () => {}, receive: async function* () {}, remove: async () => {}, release: async () => {} },
    catalog: { partitions: async () => [] },
    proof: { missing: async () => [] },
    tables: { find: async () => undefined, move: async () => false },
    registry: { register: async () => {}, forget: async () => 0 },
    raw: emptyStore(),
    lake: {
      ...emptyStore(),
      async getText(key) {
        count('s3:GetObject')
        const text = plans.get(key)
        // Read once, by the function that closes the batch; S3 keeps it, this process need not.
        plans.delete(key)
        return text
      },
      async putText(key, text) {
        count('s3:PutObject')
        plans.set(key, text)
        return true
      },
    },
    counters: { count: () => {} },
    log: { warn: () => {} },
    jobRuns: { live: async () => [], stop: async () => {} },
    metrics: { put: async () => {} },
    alerts: {
      batchFailed: async () => {},
      tellUntold: async () => {},
      crawlFailed: async () => {},
      crawlRecovered: async () => {},
      publicationCutOff: async () => {},
      filesMisplaced: async () => {},
      late: async () => {},
      rowsWait: async () => {},
      rowsWaitNoMore: async () => {},
      publicationMended: async () => {},
      extractFailed: async () => {},
      streamNotRead: async () => {},
      streamRead: async () => {},
    },
    clock: simulation.clock,
    settings: {
      prefix: 'sluice-bench',
      rawBucket: 'raw-bucket',
      lakeBucket: 'lake-bucket',
      database: 'sluice_test',
      ingestStateMachineArn: 'arn:aws:states:us-east-1:123456789012:stateMachine:sluice-bench-ingest',
      settleSeconds: SETTLE_SECONDS,
      crawlDeadlineSeconds: 3600,
      sweepGraceSeconds: 900,
      sweepLookbackDays: 30,
    },
  }
  return {
    intake,
    calls,
    count,
    crawls: () => units.crawls,
    batches: () => units.batches,
    written: () => units.written,
    reads: () => Math.round(units.reads),
    async checkAllDone() {
      for (const dataset of datasets) {
        const oldest = await ledger.landings.oldestWaiting(dataset)
        if (oldest !== undefined) throw new Error(`${dataset} still waits since ${oldest}`)
      }
    },
  }
}

function counted<Port extends object>(port: Port, names: Record<keyof Port & string, string>, count: (call: string) => void): Port {
  return Object.fromEntries(
    Object.entries(port).map(([method, call]) => [
      method,
      (...args: unknown[]) => {
        count(names[method as keyof Port & string])
        return (call as (...args: unknown[]) => unknown)(...args)
      },
    ]),
  ) as Port
}

const emptyStore = (): Intake['raw'] => ({
  getText: async () => undefined,
  putText: async () => true,
  list: async function* () {},
  copy: async () => {},
  remove: async () => {},
})

const contractOf = (dataset: string): Contract => ({
  ...contractSchema.parse({
    dataset,
    owner: 'somebody@example.com',
    source: { format: 'csv', partition_keys: ['ingest_date'] },
    columns: { id: 'string' },
    primary_key: ['id'],
  }),
  version: '000000000001',
})
