import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { inMemoryLedger } from '../../../functions/adapters/ledger/in-memory/ledger.ts'
import type { PartitionProof } from '../../../functions/ports/catalog.ts'
import type { ExecutionStatus } from '../../../functions/ports/executions.ts'
import type { Metric } from '../../../functions/ports/telemetry.ts'
import { acquireLease } from '../../../functions/use-cases/batch/acquire-lease.ts'
import { confirmPartitions } from '../../../functions/use-cases/batch/publish/confirm-partitions.ts'
import { recordMetrics } from '../../../functions/use-cases/batch/record-metrics.ts'
import { releaseLease } from '../../../functions/use-cases/batch/release-lease.ts'
import { stopStrayRuns } from '../../../functions/use-cases/batch/stop-stray-runs.ts'
import { EXECUTION, ordersBatch, ordersManifest } from './fixtures.ts'
import { memoryCatalog } from './memory-catalog.ts'
import { memoryLake } from './memory-lake.ts'

/** What confirming takes beside the lake and its proof. */
const around = {
  registry: { register: async () => {}, forget: async () => 0 },
  counters: { count: () => {} },
  log: { warn: () => {} },
  settings: { lakeBucket: 'lake' },
}

function oneLease() {
  let holder: string | undefined
  const yieldTurn = () => new Promise((resolve) => setImmediate(resolve))
  return {
    leases: {
      acquire: async (_: string, owner: string) => {
        await yieldTurn()
        holder ??= owner
        return { acquired: holder === owner, owner: holder, expiresAt: '' }
      },
      release: async (_: string, owner: string) => {
        await yieldTurn()
        if (holder === owner) holder = undefined
      },
      holder: async () => (holder === undefined ? undefined : { owner: holder, expiresAt: '' }),
    },
    holder: () => holder,
    hold: (owner: string) => {
      holder = owner
    },
  }
}
const batchOf = (id: string) => ordersBatch({ execution: { ...EXECUTION, id } })

describe('the lease', () => {
  it('goes to exactly one of many that find its owner dead, and to none while it lives', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom<ExecutionStatus | undefined>(
          'RUNNING',
          'PENDING_REDRIVE',
          'ABORTED',
          'FAILED',
          'TIMED_OUT',
          'SUCCEEDED',
          undefined,
        ),
        fc.integer({ min: 1, max: 6 }),
        async (status, waiters) => {
          const { leases, holder, hold } = oneLease()
          hold('arn:before')
          const describeExecution = async (arn: string) => {
            const existing = arn === 'arn:before' ? status : 'RUNNING'
            return existing && { arn, name: '', status: existing, input: '', startedAt: '', redrives: 0, redrivable: false }
          }
          const answers = await Promise.all(
            [...Array(waiters).keys()].map((n) =>
              acquireLease({ batch: batchOf(`arn:${n}`) }, { leases, executions: { describe: describeExecution } }),
            ),
          )
          const alive = status === 'RUNNING' || status === 'PENDING_REDRIVE'
          expect(answers.filter(({ acquired }) => acquired)).toHaveLength(alive ? 0 : 1)
          expect(holder() === 'arn:before').toBe(alive)
        },
      ),
    )
  })

  it.each(['sweep', 'discard'])('is not taken from a %s, which has no execution to look at', async (owner) => {
    const { leases, holder, hold } = oneLease()
    hold(owner)
    const describeExecution = async () => undefined
    const taken = await acquireLease({ batch: batchOf('arn:mine') }, { leases, executions: { describe: describeExecution } })
    expect([taken.acquired, holder()]).toEqual([false, owner])
  })

  it('is given back by its owner only', async () => {
    const { leases, holder, hold } = oneLease()
    const { jobSlots } = inMemoryLedger({ now: () => new Date(0) })
    hold('arn:other')
    await releaseLease({ batch: batchOf('arn:mine') }, { leases, jobSlots })
    expect(holder()).toBe('arn:other')
    await releaseLease({ batch: batchOf('arn:other') }, { leases, jobSlots })
    expect(holder()).toBeUndefined()
  })
})

describe('stray job runs', () => {
  it('are stopped once, and counted until they are gone', async () => {
    const runs = [
      { id: 'a', stopping: false },
      { id: 'b', stopping: true },
    ]
    const stopped: string[][] = []
    const jobRuns = { live: async () => runs, stop: async (ids: string[]) => void stopped.push(ids) }
    expect(await stopStrayRuns({ batch: ordersBatch() }, { jobRuns })).toEqual({ live: 2, stopped: ['a'] })
    expect(stopped).toEqual([['a']])
    runs.length = 0
    expect(await stopStrayRuns({ batch: ordersBatch() }, { jobRuns })).toEqual({ live: 0, stopped: [] })
    expect(stopped).toHaveLength(1)
  })
})

describe('the report of a batch', () => {
  const files = (changes: Record<string, unknown> = {}) =>
    new Map(
      Object.entries({ 'manifest.json': ordersManifest(), ...changes }).map(([name, content]) => [
        `runs/orders/orders-b1/${name}`,
        JSON.stringify(content),
      ]),
    )
  const clock = { now: () => new Date('2025-01-02T00:10:00Z') }

  async function metricsOf(content: Map<string, string>, failed = false) {
    const put: Metric[] = []
    const metrics = { put: async (_: string, values: Metric[]) => void put.push(...values) }
    const jobTimes = { read: async () => [], write: async () => {} }
    await recordMetrics({ batch: ordersBatch(), failed }, { lake: memoryLake(content).lake, jobTimes, metrics, clock })
    return Object.fromEntries(put.map(({ name, value }) => [name, value]))
  }

  it('is in its metrics: rows, rate, files, bytes and seconds', async () => {
    const rule = { name: 'Rule_1', description: '', outcome: 'PASSED', message: null }
    const quality = {
      dataset: 'orders',
      batchId: 'orders-b1',
      passed: true,
      skipped: null,
      score: 0.9,
      rules: [rule],
      problem: null,
      runId: 'r',
      resultIds: [],
      judgedAt: '',
    }
    expect(await metricsOf(files({ 'quality.json': quality }))).toEqual({
      BatchesSucceeded: 1,
      DurationSeconds: 600,
      RowsRead: 1000,
      RowsWritten: 900,
      RowsDuplicate: 60,
      RowsSuperseded: 35,
      RowsQuarantined: 5,
      FilesRead: 3,
      FilesWritten: 1,
      FilesQuarantined: 1,
      PartitionsWritten: 1,
      QuarantineRate: 0.5,
      QualityScore: 90,
      BytesRead: 3000,
      BytesWritten: 100,
      CurateSeconds: 120,
      // Two workers for two minutes, a quality run of five for three, one crawl.
      EstimatedDollars: expect.closeTo((0.44 * (4 + 15 + 20)) / 60, 6),
    })
  })

  it('is little when it failed early, and never what is no number', async () => {
    expect(await metricsOf(new Map(), true)).toEqual({ BatchesFailed: 1, DurationSeconds: 600 })
    expect(await metricsOf(files({ 'manifest.json': { ...ordersManifest(), finishedAt: 'never' } }))).not.toHaveProperty('CurateSeconds')
    expect(await metricsOf(new Map([['runs/orders/orders-b1/manifest.json', 'no json']]))).toEqual({
      BatchesSucceeded: 1,
      DurationSeconds: 600,
    })
  })

  it('is what readers can see, or CrawlFailedError with the partitions that they cannot', async () => {
    const { lake } = memoryLake(files())
    const deps = (proof: PartitionProof) => ({ ...around, lake, proof })
    const all = memoryCatalog({ orders: ['order_date=2025-01-01'], orders_quarantine: ['month=2025-01'] })
    expect(await confirmPartitions({ batch: ordersBatch() }, deps(all.proof))).toEqual({
      partitions: 1,
      registered: 0,
      leftOut: { count: 0, names: [] },
      files: 1,
      bytes: 100,
      quarantineFiles: 1,
      paths: ['order_date=2025-01-01'],
    })
    const lacking = {
      missing: async (table: string, partitions: Record<string, string>[]) => (table === 'orders_quarantine' ? partitions : []),
    }
    await expect(confirmPartitions({ batch: ordersBatch() }, deps(lacking))).rejects.toMatchObject({
      name: 'CrawlFailedError',
      message: 'the catalog lacks 1 partitions of batch orders-b1 after they were registered: orders_quarantine {"month":"2025-01"}',
    })
  })

  it('is registered where a crawl has left it out, and counted', async () => {
    const { lake } = memoryLake(files())
    const { proof, registry, locations, forgotten } = memoryCatalog({ orders: ['order_date=2025-01-01'] })
    const counts: unknown[] = []
    const counters = { count: (...counted: unknown[]) => void counts.push(counted) }
    expect(await confirmPartitions({ batch: ordersBatch() }, { ...around, lake, proof, registry, counters })).toMatchObject({
      registered: 1,
      leftOut: { count: 1, names: ['s3://lake/quarantine/orders/month=2025-01/'] },
    })
    expect(locations('orders_quarantine')).toEqual({ 'month=2025-01': 's3://lake/quarantine/orders/month=2025-01/' })
    expect(counts).toEqual([['PartitionsLeftOut', 1, { dataset: 'orders' }]])
    expect(forgotten).toEqual(["orders_staged batch_id = 'orders-b1'"])
  })

  it('is confirmed although its staged partitions cannot leave the catalog', async () => {
    const { lake } = memoryLake(files())
    const all = memoryCatalog({ orders: ['order_date=2025-01-01'], orders_quarantine: ['month=2025-01'] })
    const registry = { register: async () => {}, forget: () => Promise.reject(new Error('throttled')) }
    const warned: unknown[] = []
    const log = { warn: (...words: unknown[]) => void warned.push(words) }
    expect(await confirmPartitions({ batch: ordersBatch() }, { ...around, lake, proof: all.proof, registry, log })).toMatchObject({
      partitions: 1,
    })
    expect(warned).toHaveLength(1)
  })

  it('may be in the catalog by decoded values or by the text of its folders', async () => {
    const special = files({
      'manifest.json': {
        ...ordersManifest({ 'city=a%3Db': { files: ['orders-b1-0.parquet'] }, 'city=c': { files: ['orders-b1-1.parquet'] } }),
        quarantine: { files: [{ key: 'quarantine/orders/month=1%2F2/orders-b1-0.parquet', bytes: 1 }], replaces: [] },
      },
    })
    const decoded = JSON.parse(special.get('runs/orders/orders-b1/manifest.json') ?? '')
    decoded.partitions[0].values = { city: 'a=b' }
    special.set('runs/orders/orders-b1/manifest.json', JSON.stringify(decoded))
    const knowing = (...known: string[]) => ({
      missing: async (_: string, asked: Record<string, string>[]) => asked.filter((each) => !known.includes(Object.values(each).join())),
    })
    const confirm = (catalog: ReturnType<typeof knowing>) =>
      confirmPartitions({ batch: ordersBatch() }, { ...around, lake: memoryLake(special).lake, proof: catalog })
    await expect(confirm(knowing('a=b', 'c', '1/2')), 'a crawler that decodes').resolves.toBeDefined()
    await expect(confirm(knowing('a%3Db', 'c', '1%2F2')), 'one that does not').resolves.toBeDefined()
    await expect(confirm(knowing('c', '1%2F2'))).rejects.toThrow(/lacks 1 partitions .* orders \{"city":"a=b"\}$/)
    await expect(confirm(knowing('a%3Db', '1/2'))).rejects.toThrow(/orders \{"city":"c"\}$/)
  })
})
