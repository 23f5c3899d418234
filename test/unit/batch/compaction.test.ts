import { describe, expect, it } from 'vitest'
import { inMemoryLedger } from '../../../functions/adapters/ledger/in-memory/ledger.ts'
import { coverageOf } from '../../../functions/domain/backfill/coverage.ts'
import { forecastCompaction } from '../../../functions/domain/batch/compaction.ts'
import type { Manifest } from '../../../functions/domain/batch/manifest/manifest.ts'
import { checkManifest, summarizeManifest } from '../../../functions/domain/batch/manifest/manifest-summary.ts'
import { planSchema } from '../../../functions/domain/batch/plan.ts'
import { curatedSelector } from '../../../functions/domain/partition/curated-selection.ts'
import { prepareBatch } from '../../../functions/use-cases/batch/prepare/prepare-batch.ts'
import { recordMetrics } from '../../../functions/use-cases/batch/record-metrics.ts'
import { compactionManifest, EXECUTION, ordersBatch, ordersContract } from './fixtures.ts'
import { memoryCatalog } from './memory-catalog.ts'
import { memoryLake } from './memory-lake.ts'

const MB = 1024 * 1024
const DAYS = ['2025-01-01', '2025-01-02', '2025-02-01'].map((order_date) => ({ order_date }))

const CLOCK = { now: () => new Date('2025-01-02T00:00:05Z') }

async function prepare(input: object, changes: Parameters<typeof ordersContract>[0] = {}) {
  const contract = ordersContract(changes)
  const { lake, objects } = memoryLake()
  const tables: string[] = []
  const batch = await prepareBatch(
    { input: { dataset: 'orders', source: 'curated', ...input }, execution: EXECUTION },
    {
      contracts: { all: async () => [contract], find: async () => contract },
      catalog: { partitions: async (table, expression) => (tables.push(`${table} ${expression}`), DAYS) },
      ...inMemoryLedger(CLOCK),
      lake,
      clock: CLOCK,
      ...memoryCatalog(),
      targetOf: () => ({ stage: 'dev' }),
      counters: { count: () => {} },
      settings: {
        prefix: 'p',
        rawBucket: 'raw',
        lakeBucket: 'lake',
        database: 'd',
        contractsUri: 's3://deploy/c/index.json',
        leaseSeconds: 900,
      },
    },
  )
  return { batch, tables, plan: planSchema.parse(JSON.parse(objects.get(`runs/orders/${batch.batchId}/plan.json`) ?? 'null')) }
}

describe('what a compaction looks at', () => {
  it('is every curated partition, or those that are named or selected, by their values', async () => {
    expect((await prepare({})).plan).toMatchObject({ source: 'curated', predicates: [], objects: [] })
    expect((await prepare({})).plan).not.toHaveProperty('partitions')
    const named = await prepare({ partitions: ['order_date=2025-01-02', { order_date: '2025-02-01' }] })
    expect(named.plan).toMatchObject({ predicates: [], partitions: [DAYS[1], DAYS[2]] })
    expect((await prepare({ push_down_predicate: "order_date LIKE '2025-01-%'" })).plan.partitions).toEqual([DAYS[0], DAYS[1]])
  })

  it('never reaches the catalog as an expression: curated keys have types, which expressions treat each their own way', async () => {
    expect((await prepare({ push_down_predicate: "order_date < '2025-02'" })).tables).toEqual(['orders undefined'])
  })

  it.each([
    [{ partitions: ['order_date=1999-01-01'] }, /^partitions\.0: "order_date=1999-01-01" selects no partition of table orders$/],
    [{ partitions: ['month=2025-01'] }, /^partitions\.0: "month" is not a partition key of this dataset \(order_date\)/],
    [{ partitions: ["order_date=x' OR 'a'='a"] }, /is not a safe partition value/],
    [{ push_down_predicate: "order_date = '1' OR 1 = 1" }, /^push_down_predicate: expected a partition key/],
    [{ push_down_predicate: "order_date = '1999-01-01'" }, /selects no partition/],
    [{ push_down_predicate: "month = '2025-01'" }, /"month" is not a partition key of this dataset \(order_date\)/],
  ])('refuses %j', async (input, message) => {
    await expect(prepare(input)).rejects.toMatchObject({ name: 'InvalidInputError', message: expect.stringMatching(message) })
  })

  it('has no parts in a table without partitions', () => {
    const contract = ordersContract({ curated: {} })
    expect(curatedSelector({}, contract)).toBeUndefined()
    expect(() => curatedSelector({ partitions: ['a=1'] }, contract)).toThrow('partitions: table orders is not partitioned')
    expect(() => curatedSelector({ push_down_predicate: 'a = 1' }, contract)).toThrow('it has none')
  })

  it('is every key of the table besides, if one asks for that', async () => {
    expect((await prepare({ checkKeys: true, partitions: ['order_date=2025-01-02'] })).plan).toMatchObject({ checkKeys: true })
    expect((await prepare({})).plan).not.toHaveProperty('checkKeys')
    await expect(prepare({ checkKeys: true, source: 'raw' })).rejects.toThrow(
      'checkKeys: only a compaction has it; give source curated as well',
    )
  })

  it('is neither judged again nor crawled again', async () => {
    expect((await prepare({}, { crawl: 'always' })).batch).toMatchObject({ source: 'curated', ruleset: null, crawl: 'new-partitions' })
  })
})

describe('the forecast', () => {
  const files = (path: string, sizes: number[]) =>
    sizes.map((size, index) => ({ key: `curated/orders/${path}${index}.parquet`, size: Math.round(size * MB) }))

  it('names the partitions with more files than their bytes ask for', () => {
    const objects = [
      ...files('order_date=2025-01-02/', [1, 1, 1]),
      ...files('order_date=2025-01-01/', [100, 100, 100, 1]),
      ...files('order_date=2025-01-03/', [120]),
      ...files('order_date=2025-01-04/', [100, 100]),
      { key: 'curated/orders/order_date=2025-01-03/empty.parquet', size: 0 },
      { key: 'curated/orders/order_date=2025-01-03/_SUCCESS', size: 7 },
    ]
    expect(forecastCompaction(objects, ordersContract())).toEqual({
      partitions: 4,
      crowded: [
        { path: 'order_date=2025-01-01', files: 4, bytes: 301 * MB, filesAfter: 3 },
        { path: 'order_date=2025-01-02', files: 3, bytes: 3 * MB, filesAfter: 1 },
      ],
    })
  })

  it('of a selection is of these alone, by values as they are meant', () => {
    const contract = ordersContract({ curated: { partition_by: ['status', 'order_id'], target_file_mb: 1 } })
    const objects = [...files('status=a%3Ab/order_id=1/', [0.1, 0.1]), ...files('status=c/order_id=1/', [0.1, 0.1])]
    const selector = curatedSelector({ partitions: ['status=a:b'] }, contract)
    expect(forecastCompaction(objects, contract, selector?.isSelected)).toMatchObject({
      partitions: 1,
      crowded: [{ path: 'status=a%3Ab/order_id=1', files: 2, filesAfter: 1 }],
    })
  })

  it('of a table without partitions is of the whole', () => {
    expect(forecastCompaction(files('', [1, 1]), ordersContract({ curated: {} })).crowded).toMatchObject([{ path: '', files: 2 }])
  })
})

describe("a compaction's manifest", () => {
  const check = (changes: Partial<Manifest> = {}) =>
    checkManifest(JSON.stringify({ ...compactionManifest('orders-b1'), ...changes }), 'orders', 'orders-b1')

  it('says in words what became of the files', () => {
    expect(summarizeManifest(check())).toMatchObject({
      quarantineRate: 0,
      finding: '5 files of one partition became 1, with the same 10 rows',
    })
    const nothing = check({ partitions: [], compacted: { rows: 0, files: 0, bytes: 0 } })
    expect(summarizeManifest(nothing).finding).toBe('nothing to compact: no partition holds more files than its size asks for')
    expect(summarizeManifest(check({ metrics: { keysChecked: 1200 } })).finding).toMatch(/same 10 rows; each of 1200 keys occurs once$/)
  })

  it.each<[string, Partial<Manifest>]>([
    ['rows are lost', { compacted: { rows: 11, files: 5, bytes: 1 } }],
    ['it does not say what stood', { compacted: undefined }],
    ['it read something as well', { rows: { read: 1, written: 1, duplicates: 0, superseded: 0, quarantined: 0 } }],
    ['it touched the quarantine', { quarantine: { files: [], replaces: ['quarantine/orders/month=1/a.parquet'] } }],
  ])('is refused when %s', (_, changes) => {
    expect(() => check(changes)).toThrow(/compaction, but its row counts differ/)
  })
})

it('a compaction covers no raw partition', () => {
  const plan = { dataset: 'orders', batchId: 'b', source: 'curated' as const, predicates: [], objects: [], createdAt: '' }
  const record = { dataset: 'orders', batchId: 'b', status: 'succeeded' as const, source: 'curated' as const, input: '{}' }
  const batches = [{ record: { ...record, executionArn: '', executions: 1, redrives: 0, startedAt: '', revision: 1 }, plan }]
  expect(coverageOf(batches, [{ month: '2025-01' }], ['month'], 'x').size).toBe(0)
})

it('a compaction puts no rate and no rows among the metrics', async () => {
  const { lake } = memoryLake(new Map([['runs/orders/orders-b1/manifest.json', JSON.stringify(compactionManifest('orders-b1'))]]))
  const put: string[] = []
  await recordMetrics(
    { batch: ordersBatch({ source: 'curated' }), failed: false },
    {
      lake,
      jobTimes: { read: async () => [], write: async () => {} },
      metrics: { put: async (_, values) => void put.push(...values.map(({ name }) => name)) },
      clock: { now: () => new Date('2025-01-02T00:10:00Z') },
    },
  )
  expect(put).toEqual(['BatchesSucceeded', 'DurationSeconds', 'CurateSeconds', 'EstimatedDollars'])
})
