import { describe, expect, it } from 'vitest'
import { inMemoryLedger } from '../../../functions/adapters/ledger/in-memory/ledger.ts'
import { batchSchema } from '../../../functions/domain/batch/batch.ts'
import { planSchema } from '../../../functions/domain/batch/plan.ts'
import { selects } from '../../../functions/domain/partition/predicate-evaluation.ts'
import { parsePredicate } from '../../../functions/domain/partition/predicate-parser.ts'
import { prepareBatch } from '../../../functions/use-cases/batch/prepare/prepare-batch.ts'
import { EXECUTION, ordersContract } from './fixtures.ts'
import { memoryCatalog } from './memory-catalog.ts'
import { memoryLake } from './memory-lake.ts'

const PARTITIONS = ['2024', '2025'].flatMap((year) => ['1', '2', '10', '12'].map((month) => ({ year, month })))

function world(changes: Parameters<typeof ordersContract>[0] = {}) {
  const contract = ordersContract({ source: { format: 'csv', partition_keys: ['year', 'month'] }, ...changes })
  const { lake, objects } = memoryLake()
  const clock = { now: () => new Date('2025-01-02T00:00:05Z') }
  const { landings, batches } = inMemoryLedger(clock)
  const catalog = memoryCatalog({ orders_raw: ['year=2025/month=1'] })
  const counts: Record<string, number> = {}
  const deps = {
    contracts: { all: async () => [contract], find: async (name: string) => (name === 'orders' ? contract : undefined) },
    catalog: {
      partitions: async (_: string, expression?: string) =>
        PARTITIONS.filter((partition) => !expression || selects(parsePredicate(expression, contract.source.partition_keys), partition)),
    },
    landings,
    batches,
    lake,
    clock,
    proof: catalog.proof,
    registry: catalog.registry,
    counters: { count: (name: string, value: number) => void (counts[name] = (counts[name] ?? 0) + value) },
    targetOf: () => ({ stage: 'dev' }),
    settings: {
      prefix: 'sluice-dev',
      rawBucket: 'raw-bucket',
      lakeBucket: 'lake',
      database: 'sluice_dev',
      contractsUri: 's3://deploy/sluice/dev/artifacts/contracts/index-abc.json',
      leaseSeconds: 900,
    },
  }
  const prepare = (input: unknown, execution = EXECUTION) => prepareBatch({ input, execution }, deps)
  const plan = async (input: unknown) => {
    const batch = await prepare(input)
    return planSchema.parse(JSON.parse(objects.get(`runs/orders/${batch.batchId}/plan.json`) ?? 'null'))
  }
  return { contract, objects, landings, batches, prepare, plan, catalog, counts }
}

describe('prepare-batch', () => {
  it('gives the later states all that they need', async () => {
    const { prepare, contract } = world({ compute: { worker_type: 'G.2X', workers: 7, timeout_minutes: 30, flex: true } })
    const batch = await prepare({ dataset: 'orders' })
    expect(batchSchema.parse(batch)).toEqual(batch)
    expect(batch).toMatchObject({
      batchId: expect.stringMatching(/^orders-20250102T000000Z-[0-9a-f]{8}$/),
      source: 'raw',
      planUri: `s3://lake/runs/orders/${batch.batchId}/plan.json`,
      contractUri: `s3://deploy/sluice/dev/artifacts/contracts/orders-${contract.version}.json`,
      job: { workerType: 'G.2X', workers: 7, timeoutMinutes: 30, executionClass: 'FLEX', autoScaling: true },
      crawler: 'sluice-dev_orders-curated',
      ruleset: 'sluice-dev_orders',
      references: { customers: 'customers' },
      leaseSeconds: 345_600,
    })
  })

  it('is the same batch when the same execution is run again', async () => {
    const { prepare, objects } = world()
    const first = await prepare({ dataset: 'orders' })
    expect(await prepare({ dataset: 'orders' })).toEqual(first)
    expect([...objects.keys()]).toHaveLength(1)
    expect((await prepare({ dataset: 'orders' }, { ...EXECUTION, id: `${EXECUTION.id}x` })).batchId).not.toBe(first.batchId)
  })

  it.each([
    [{ dataset: 'orders' }, []],
    [{ dataset: 'orders', partitions: [{ year: 2024, month: '10' }] }, ["(year = '2024' AND month = '10')"]],
    [{ dataset: 'orders', partitions: ['year=2025/month=1'] }, ["(year = '2025' AND month = '1')"]],
    [{ dataset: 'orders', partitions: ['year=2025'] }, ["(year = '2025' AND month IN ('1', '10', '12', '2'))"]],
    [{ dataset: 'orders', push_down_predicate: "year = '2025' and month <> '1'" }, ["year = '2025' AND month <> '1'"]],
    // Numbers: as text, '10' would sort before '2'.
    [{ dataset: 'orders', push_down_predicate: 'year = 2025 and month >= 2' }, ["(year = '2025' AND month IN ('10', '12', '2'))"]],
  ])('plans %j', async (input, predicates) => {
    expect(await world().plan(input)).toMatchObject({ source: 'raw', predicates, objects: [] })
  })

  it('notes what no batch has read: what waits, and what failed batches had claimed, unless something newer exists', async () => {
    const { landings, batches, objects, plan, prepare } = world()
    const landing = (name: string, sequencer: string) => ({
      ...{ dataset: 'orders', key: `raw/orders/year=2025/month=1/${name}.csv`, sequencer, size: 5, etag: 'e' },
      ...{
        partition: { year: '2025', month: '1' },
        landedAt: '2025-01-01T00:00:00.000Z',
        recordedAt: '2025-01-01T00:00:00.000Z',
        deleted: false,
      },
    })
    const claims = ['failed', 'gone', 'done'].map((name) => landing(name, '0A'))
    await landings.record([landing('waits', '0A'), ...claims])
    const claimed = claims.map(({ key, size, sequencer, partition }) => ({ key, size, sequencer, partition }))
    const row = { dataset: 'orders', batchId: 'orders-b1', source: 'landings', executionArn: 'a', executions: 1, redrives: 0 } as const
    await batches.save({ ...row, status: 'failed', input: '{"dataset":"orders"}', startedAt: '', revision: 0 })
    const failed = { dataset: 'orders', batchId: 'orders-b1', source: 'landings', predicates: [], objects: claimed, createdAt: '' }
    objects.set('runs/orders/orders-b1/plan.json', JSON.stringify(failed))
    await landings.close('orders', 'orders-b1', 'failed', claimed)
    await landings.close('orders', 'orders-b0', 'done', claimed.slice(2))
    await landings.record([{ ...landing('gone', '0B'), deleted: true }])

    const { unread = [] } = await plan({ dataset: 'orders' })
    expect(unread.map(({ key }) => key.split('/').at(-1))).toEqual(['waits.csv', 'failed.csv'])
    const elsewhere = await prepare({ dataset: 'orders', partitions: ['year=2025/month=2'] }, { ...EXECUTION, id: `${EXECUTION.id}y` })
    expect(objects.get(`runs/orders/${elsewhere.batchId}/plan.json`)).not.toContain('unread')
    const replay = await prepare({ dataset: 'orders', source: 'quarantine' }, { ...EXECUTION, id: `${EXECUTION.id}x` })
    expect(objects.get(`runs/orders/${replay.batchId}/plan.json`)).not.toContain('unread')
  })

  it('plans a replay of quarantine', async () => {
    expect(await world().plan({ dataset: 'orders', source: 'quarantine', partitions: ['year=2025/month=1'] })).toMatchObject({
      source: 'quarantine',
    })
  })

  it('takes an existing plan of any source, and only from the folder of plans', async () => {
    const { prepare, objects } = world()
    const plan = {
      dataset: 'orders',
      batchId: 'orders-b7',
      source: 'landings',
      predicates: ["year = '2025'"],
      objects: [],
      createdAt: '2025-01-01T00:00:00Z',
    }
    objects.set('runs/orders/orders-b7/plan.json', JSON.stringify(plan))
    const input = { dataset: 'orders', batchId: 'orders-b7', source: 'landings', planUri: 's3://lake/runs/orders/orders-b7/plan.json' }
    expect(await prepare(input)).toMatchObject({ batchId: 'orders-b7', source: 'landings', plannedAt: '2025-01-01T00:00:00Z' })
    for (const [change, message] of [
      [{ planUri: 's3://elsewhere/runs/orders/orders-b7/plan.json' }, /^planUri: the plan of batch orders-b7 is at s3:\/\/lake/],
      [{ batchId: 'orders-b8', planUri: 's3://lake/runs/orders/orders-b8/plan.json' }, /^planUri: there is no plan/],
      [{ source: 'raw' }, /^source: is raw, but the plan reads landings/],
      [{ batchId: undefined }, /^batchId: is missing/],
      [{ batchId: '../x' }, /^batchId: must be a batch id/],
      [{ partitions: ['year=2025'] }, /^planUri: the plan already names what to read/],
    ] as const) {
      await expect(prepare(JSON.parse(JSON.stringify({ ...input, ...change })))).rejects.toMatchObject({
        name: 'InvalidInputError',
        message: expect.stringMatching(message),
      })
    }
    objects.set('runs/orders/orders-b7/plan.json', JSON.stringify({ ...plan, batchId: 'orders-b9' }))
    await expect(prepare(input)).rejects.toThrow(/is not the plan of batch orders-b7/)
  })

  it('refuses to read nothing', async () => {
    const { prepare } = world()
    await expect(prepare({ dataset: 'orders', push_down_predicate: "year = '1999'" })).rejects.toThrow(
      /^push_down_predicate: .* selects no partition of table orders_raw/,
    )
    await expect(prepare({ dataset: 'orders', push_down_predicate: 'year < 5' })).rejects.toThrow(/selects no partition/)
    await expect(prepare({ dataset: 'orders', partitions: [] })).rejects.toThrow(/^partitions: must name at least one/)
  })

  it('refuses partitions where there are none', async () => {
    const { prepare } = world({ source: { format: 'csv' } })
    await expect(prepare({ dataset: 'orders', partitions: ['year=2025'] })).rejects.toThrow('partitions: orders has no partition keys')
    expect(await prepare({ dataset: 'orders' })).toMatchObject({ source: 'raw' })
  })
})

describe('partitions that a crawl has left out', () => {
  const object = (month: string, name = 'a.csv') => ({
    key: `raw/orders/year=2025/month=${month}/${name}`,
    size: 1,
    sequencer: '0A',
    partition: { year: '2025', month: decodeURIComponent(month) },
  })
  async function prepared(crawl: string, objects: ReturnType<typeof object>[]) {
    const { contract, objects: files, prepare, catalog, counts } = world({ crawl })
    const plan = {
      dataset: contract.dataset,
      batchId: 'orders-b1',
      source: 'landings',
      predicates: [],
      objects,
      createdAt: '2025-01-02T00:00:00Z',
    }
    files.set('runs/orders/orders-b1/plan.json', JSON.stringify(plan))
    await prepare({ dataset: 'orders', batchId: 'orders-b1', planUri: 's3://lake/runs/orders/orders-b1/plan.json' })
    return { locations: catalog.locations('orders_raw'), counts }
  }

  it('are registered from what landed, at the folder as it is written, and counted', async () => {
    const { locations, counts } = await prepared('always', [object('1'), object('2'), object('2', 'b.csv'), object('a%3Db')])
    expect(locations).toEqual({
      'year=2025/month=1': '',
      'year=2025/month=2': 's3://raw-bucket/raw/orders/year=2025/month=2/',
      'year=2025/month=a=b': 's3://raw-bucket/raw/orders/year=2025/month=a%3Db/',
    })
    expect(counts).toEqual({ PartitionsLeftOut: 2 })
  })

  it('are nothing to count where there is no crawl', async () => {
    expect((await prepared('never', [object('2')])).counts).toEqual({})
  })
})

describe('prepare-batch of a gold dataset', () => {
  const gold = { source: undefined, gold: { sources: { sales: { rebuilds: 'all' } }, sql: 'SELECT * FROM sales' } }

  it('computes all of it when a person or a backfill asks, whatever kind of table is there', async () => {
    const { plan, prepare, objects } = world(gold)
    const kind = { contractVersion: 'another', columns: { order_id: 'int' }, primaryKey: ['amount'], partitionBy: [] }
    objects.set('tables/orders.json', JSON.stringify(kind))
    for (const input of [{ dataset: 'orders' }, { dataset: 'orders', source: 'backfill', backfillId: 'b' }])
      expect(await plan(input)).toMatchObject({ source: 'recompute', reads: 'sources', predicates: [], objects: [] })
    expect(await prepare({ dataset: 'orders' })).toMatchObject({ source: 'recompute', crawl: 'never', warnRate: 1 })
  })

  it.each([
    [{ partitions: [{ month: '1' }] }, /^partitions: orders is a gold dataset, and a batch by hand computes all of it/],
    [{ push_down_predicate: "month = '1'" }, /^push_down_predicate: orders is a gold dataset/],
    [{ source: 'quarantine' }, /^source: orders is a gold dataset, which has no quarantine/],
  ])('refuses %j', async (input, message) => {
    await expect(world(gold).prepare({ dataset: 'orders', ...input })).rejects.toThrow(message)
  })

  it('is the only one that is computed from sources', async () => {
    await expect(world().prepare({ dataset: 'orders', source: 'recompute' })).rejects.toThrow(
      /^source: recompute is for gold datasets, and orders is none/,
    )
  })
})
