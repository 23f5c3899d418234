import { expect, it } from 'vitest'
import { inMemoryLedger } from '../../../functions/adapters/ledger/in-memory/ledger.ts'
import type { PublishedEvent } from '../../../functions/domain/batch/publish/published-event.ts'
import { publishBatch } from '../../../functions/use-cases/batch/publish/publish-batch.ts'
import { announceLeft, announcePublications } from '../../../functions/use-cases/intake/announce-publications.ts'
import { noIceberg, ordersBatch, ordersManifest } from '../batch/fixtures.ts'
import { memoryLake } from '../batch/memory-lake.ts'

const QUALITY = {
  dataset: 'orders',
  batchId: 'orders-b1',
  passed: true,
  skipped: null,
  score: 1,
  rules: [{ name: 'Rule_1', description: 'RowCount > 0', outcome: 'PASSED', message: null }],
  problem: null,
  runId: 'dqrun-1',
  resultIds: ['dqresult-1'],
  judgedAt: '2025-01-02T00:00:02.000Z',
}

/** A lake in which batch orders-b1 has been staged; `publish` is Publish Batch. */
function stagedBatch(partitions = 2) {
  const clock = { now: () => new Date('2025-01-02T00:00:03.000Z') }
  const ledger = inMemoryLedger(clock)
  const days = Array.from({ length: partitions }, (_, day) => [`order_date=d${day}`, { files: [`orders-b1-${day}.parquet`] }])
  const manifest = ordersManifest(Object.fromEntries(days), { quarantine: { files: [], replaces: [] } })
  const { lake, objects } = memoryLake(
    new Map([
      ['runs/orders/orders-b1/manifest.json', JSON.stringify(manifest)],
      ['runs/orders/orders-b1/quality.json', JSON.stringify(QUALITY)],
      ...manifest.partitions.flatMap(({ files }) => files.map(({ key }): [string, string] => [key, 'rows'])),
    ]),
  )
  const events: PublishedEvent[] = []
  let refusals = 0
  const world = {
    ...ledger,
    lake,
    publishedEvents: {
      send: async (event: PublishedEvent) => {
        if (refusals-- > 0) throw new Error('EventBridge is not there')
        events.push(event)
      },
    },
    counters: { count: () => {} },
    contracts: { all: async () => [], find: async () => undefined },
    timer: { schedule: async () => {} },
    executions: {
      start: async () => '',
      describe: async () => undefined,
      redrive: async () => {},
      resumable: async () => ({ resumable: false, because: '' }),
    },
    clock,
    settings: { lakeBucket: 'lake', settleSeconds: 30, ingestStateMachineArn: 'arn:ingest' },
  }
  return {
    ...{ ledger, objects, events, world, manifest },
    refuse: (times: number) => {
      refusals = times
    },
    publish: (hasTime = () => true, store = lake) =>
      publishBatch(
        { batch: ordersBatch() },
        { lake: store, leases: ledger.leases, proof: { missing: async () => [] }, ...noIceberg, hasTime, copiesAStep: 1 },
      ),
    announce: async () => announcePublications(await ledger.announcements.due('orders', 'orders-b1'), world),
  }
}

it('tells what was published, how much of it was set aside, and how it was judged', async () => {
  const { publish, announce, events, manifest } = stagedBatch()
  await publish()
  await announce()
  expect(events).toEqual([
    {
      dataset: 'orders',
      batchId: 'orders-b1',
      run: expect.stringMatching(/^[0-9a-f]{8}$/),
      source: 'raw',
      contractVersion: 'v1',
      partitions: [{ order_date: 'd0' }, { order_date: 'd1' }],
      partitionCount: 2,
      rows: manifest.rows,
      quarantineRate: manifest.rows.quarantined / manifest.rows.read,
      quality: { passed: true, score: 1, rulesPassed: 1, rulesFailed: 0, skipped: null },
      publishedAt: '2025-01-02T00:00:03.000Z',
      manifestUri: 's3://lake/runs/orders/orders-b1/manifest.json',
    },
  ])
})

it('lists a hundred partitions at most, and counts them all', async () => {
  const { publish, announce, events } = stagedBatch(120)
  await publish()
  await announce()
  expect(events[0]).toMatchObject({ partitionCount: 120 })
  expect(events[0]?.partitions).toHaveLength(100)
})

it('keeps what EventBridge refused, and sends it once it is accepted', async () => {
  const { publish, announce, events, refuse, ledger } = stagedBatch()
  await publish()
  refuse(1)
  await expect(announce()).rejects.toThrow('EventBridge is not there')
  expect(await ledger.announcements.due('orders')).toHaveLength(1)
  await announce()
  await announce()
  expect(events).toHaveLength(1)
})

it('owes an event for the partitions that a publisher replaced before it lost its lease', async () => {
  const { publish, ledger, world, events } = stagedBatch()
  let steps = 0
  const losing = async (from: string, to: string) => {
    await world.lake.copy(from, to)
    if (++steps === 2)
      await ledger.leases.enter(
        { dataset: 'orders', batchId: 'orders-b2', run: '0badcafe', token: 'ffffffff' },
        ordersBatch().execution.id,
        60,
      )
  }
  await expect(publish(() => true, { ...world.lake, copy: losing })).rejects.toMatchObject({ name: 'LeaseUnavailableError' })
  await announcePublications(await ledger.announcements.due('orders', 'orders-b1'), world)
  expect(events).toHaveLength(1)
})

it('owes none for a publisher that replaced nothing', async () => {
  const { publish, ledger } = stagedBatch()
  await ledger.leases.acquire('orders', 'another', 60)
  await expect(publish()).rejects.toMatchObject({ name: 'LeaseUnavailableError' })
  expect(await ledger.announcements.due('orders')).toEqual([])
})

it('leaves to its execution what still runs, and sends in the sweep what an execution that ended has left', async () => {
  const { publish, world, events } = stagedBatch()
  await publish()
  let status = 'RUNNING'
  const executions = {
    describe: async () => ({ status }) as never,
    start: async () => '',
    redrive: async () => {},
    resumable: async () => ({ resumable: false, because: '' }),
  }
  await announceLeft('orders', { ...world, executions })
  expect(events).toHaveLength(0)
  status = 'ABORTED'
  await announceLeft('orders', { ...world, executions })
  expect(events).toHaveLength(1)
})
