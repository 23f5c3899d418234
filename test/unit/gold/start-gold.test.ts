import { describe, expect, it } from 'vitest'
import type { Announcement } from '../../../functions/domain/batch/publish/published-event.ts'
import type { Contract } from '../../../functions/domain/contract/contract.ts'
import { parseContract } from '../../../functions/domain/contract/file.ts'
import { sourcesToPublish } from '../../../functions/domain/gold/readiness.ts'
import { planKey, tableKindKey } from '../../../functions/domain/names.ts'
import { notePublication } from '../../../functions/use-cases/gold/note-publications.ts'
import { noteRollback } from '../../../functions/use-cases/gold/note-rollback.ts'
import { scheduleGold } from '../../../functions/use-cases/gold/schedule-gold.ts'
import type { Intake } from '../../../functions/use-cases/intake/intake.ts'
import { startCrawl } from '../../../functions/use-cases/intake/start-crawl.ts'
import { sweep } from '../../../functions/use-cases/intake/sweep.ts'
import { becomeIdle } from '../../../functions/use-cases/intake/wake-dataset.ts'
import { calmWorld } from '../intake/calm-world.ts'
import { CUSTOMERS, changed, ORDERS, REVENUE, YEARLY } from './contracts.ts'

const contractOf = (text: string): Contract => {
  const read = parseContract(text, 'c.yml')
  if (!read.ok) throw new Error(JSON.stringify(read.problems))
  return read.contract
}
const KIND = JSON.stringify({ contractVersion: 'v', columns: {}, primaryKey: [], partitionBy: [] })

/** Intake with gold datasets, in which a test publishes and lets timers go off. */
function goldWorld(...gold: string[]) {
  const { intake: calm, world, timers } = calmWorld({ settleSeconds: 30 })
  const contracts = [ORDERS, CUSTOMERS, ...gold].map(contractOf)
  const started: { name: string; input: unknown }[] = []
  let now = Date.parse('2025-01-31T12:00:00.000Z')
  const intake: Intake = {
    ...calm,
    clock: { now: () => new Date(now) },
    contracts: { all: async () => contracts, find: async (name) => contracts.find(({ dataset }) => dataset === name) },
    executions: {
      ...calm.executions,
      start: async (arn, name, input) => (started.push({ name, input }), arn),
      describe: async () => undefined,
    },
  }
  const later = (seconds: number) => {
    now += seconds * 1000
  }
  return {
    ...{ intake, timers, started, later },
    /** A rebuild to another kind begins to replace the table. */
    replace: (source: string) =>
      void world.lake.objects.set(tableKindKey(source), JSON.stringify({ ...JSON.parse(KIND), unfinished: `${source}-2` })),
    async publish(source: string, changes: Partial<Announcement> = {}, manifest: object = {}) {
      world.lake.objects.set(tableKindKey(source), KIND)
      const announcement = {
        dataset: source,
        batchId: `${source}-1`,
        run: '0badcafe',
        publishedAt: intake.clock.now().toISOString(),
        ...changes,
      }
      await notePublication(announcement, { source: 'landings', partitions: [{} as never], ...manifest }, intake)
    },
    /** The settle time is over: each timer that was set goes off. */
    async settle() {
      later(31)
      for (const timer of timers.splice(0)) await startCrawl(timer, intake)
    },
    waiting: async (dataset: string) => {
      const keys: string[] = []
      for await (const page of intake.landings.waiting(dataset)) keys.push(...page.map(({ key }) => key))
      return keys.sort()
    },
    planOf: (name: string) => JSON.parse(world.lake.objects.get(planKey(name.replace(/-\d{8}T.*/, ''), name)) ?? 'null'),
  }
}

/** A repeated call starts an execution of the same name, which is one. */
const names = (started: { name: string }[]) => [...new Set(started.map(({ name }) => name))]

describe('a gold dataset', () => {
  it('waits until every source has published once, and then begins one batch for all of them', async () => {
    const { publish, settle, started, waiting, planOf, intake } = goldWorld(REVENUE)
    await publish('orders')
    await settle()
    expect(started).toEqual([])
    expect(await intake.flows.read('monthly_revenue')).toMatchObject({ phase: 'idle' })
    expect(await waiting('monthly_revenue')).toEqual(['published/orders/orders-1/0badcafe'])
    await publish('customers')
    await settle()
    expect(started).toHaveLength(1)
    expect(started[0]?.input).toMatchObject({ dataset: 'monthly_revenue', source: 'gold' })
    const plan = planOf(started[0]?.name ?? '')
    expect(plan).toMatchObject({ source: 'gold', reads: 'published', predicates: [] })
    expect(plan.objects.map(({ key }: { key: string }) => key)).toEqual([
      'published/customers/customers-1/0badcafe',
      'published/orders/orders-1/0badcafe',
    ])
  })

  it('waits while a rebuild replaces the table of a source by one of another kind, also one that was cut off', async () => {
    const { publish, replace, settle, started } = goldWorld(REVENUE)
    await publish('customers')
    await publish('orders')
    replace('orders')
    await settle()
    await publish('customers', { batchId: 'customers-2' })
    await settle()
    expect(started).toEqual([])
    await publish('orders', { batchId: 'orders-2' })
    await settle()
    expect(names(started)).toHaveLength(1)
  })

  it('is woken by the sweep, where the function that noted a publication died', async () => {
    const { publish, timers, settle, started, intake, later } = goldWorld(REVENUE)
    await publish('customers')
    await publish('orders')
    timers.splice(0)
    later(600)
    await sweep(intake, new Date(8e15))
    await settle()
    expect(started).toHaveLength(1)
  })

  it('waits while something is on its way in a source, but not for ever', async () => {
    const { publish, settle, started, intake } = goldWorld(REVENUE)
    await publish('customers')
    await intake.flows.advance('orders', await intake.flows.read('orders'), { phase: 'batching', batchId: 'orders-2', since: 'x' })
    await publish('orders')
    await settle()
    await settle()
    expect(started).toEqual([])
    for (let minutes = 0; minutes < 16; minutes++) for (const _ of [1, 2]) await settle()
    expect(started).toHaveLength(1)
  })

  it('waits while files of a source wait, although its flow is idle for a moment', async () => {
    const { publish, settle, started, intake } = goldWorld(REVENUE)
    await publish('customers')
    await publish('orders')
    const landing = { key: 'raw/orders/day=1/a.csv', sequencer: 'A', size: 1, etag: 'e', partition: { day: '1' } }
    const at = intake.clock.now().toISOString()
    await intake.landings.record([{ dataset: 'orders', ...landing, landedAt: at, recordedAt: at, deleted: false }])
    await settle()
    expect(started).toEqual([])
    await intake.landings.close('orders', 'orders-2', 'done', [landing])
    await settle()
    expect(started).toHaveLength(1)
  })

  it('that is made of gold comes after it', async () => {
    const { publish, settle, started, intake } = goldWorld(REVENUE, YEARLY)
    await publish('monthly_revenue')
    await publish('customers')
    await publish('orders')
    await settle()
    expect(started.map(({ input }) => (input as { dataset: string }).dataset)).toEqual(['monthly_revenue'])
    const flow = await intake.flows.read('monthly_revenue')
    await intake.flows.advance('monthly_revenue', flow, { phase: 'idle' })
    await settle()
    expect(started.map(({ input }) => (input as { dataset: string }).dataset)).toEqual(['monthly_revenue', 'yearly_revenue'])
  })

  it('that starts after all waits until each source has published since its last batch', async () => {
    const { publish, settle, started } = goldWorld(changed(REVENUE, 'monthly_revenue', '  sql: |', '  start: after_all\n  sql: |'))
    await publish('orders')
    await publish('customers', {}, {})
    await settle()
    expect(started).toHaveLength(1)
  })

  it('that starts after all names the sources that must publish before it begins', () => {
    const sources = { orders: { rebuilds: 'all' as const }, customers: { rebuilds: 'all' as const } }
    const waiting = [{ key: 'published/orders/orders-1/0badcafe' }]
    expect(sourcesToPublish({ sources, start: 'after_all' }, waiting)).toEqual(['customers'])
    expect(sourcesToPublish({ sources, start: 'after_all' }, [])).toEqual([])
    expect(sourcesToPublish({ sources, start: 'after_any' }, waiting)).toEqual([])
  })

  it('that starts after all does not start for one source that publishes again and again', async () => {
    const { publish, settle, started, later } = goldWorld(changed(REVENUE, 'monthly_revenue', '  sql: |', '  start: after_all\n  sql: |'))
    for (const batchId of ['orders-1', 'orders-2', 'orders-3']) {
      await publish('orders', { batchId })
      later(1)
      await settle()
    }
    expect(started).toEqual([])
  })

  describe('that starts by a schedule', () => {
    const HOURLY = changed(REVENUE, 'monthly_revenue', '  sql: |', '  start: rate(1 hour)\n  sql: |')
    const due = (time: string) => ({ dataset: 'monthly_revenue', dueAt: time })

    it('begins one batch of all that was published, when the schedule comes by', async () => {
      const { publish, settle, started, planOf, intake } = goldWorld(HOURLY)
      await publish('customers')
      await publish('orders')
      await publish('orders', { batchId: 'orders-2' })
      await settle()
      expect(started).toEqual([])
      await scheduleGold(due('2025-01-31T13:00:00Z'), intake)
      await scheduleGold(due('2025-01-31T13:00:00Z'), intake)
      await settle()
      expect(names(started)).toHaveLength(1)
      expect(planOf(started[0]?.name ?? '').objects).toHaveLength(4)
    })

    it('passes a time at which nothing was published', async () => {
      const { publish, settle, started, waiting, intake } = goldWorld(HOURLY)
      await scheduleGold(due('2025-01-31T13:00:00Z'), intake)
      expect(await waiting('monthly_revenue')).toEqual([])
      await publish('customers')
      await publish('orders')
      await settle()
      expect(started).toEqual([])
    })

    it('begins after the batch that was under way when the schedule came by', async () => {
      const { publish, settle, started, intake } = goldWorld(HOURLY)
      await publish('customers')
      await publish('orders')
      const flow = await intake.flows.read('monthly_revenue')
      await intake.flows.advance('monthly_revenue', flow, { phase: 'batching', batchId: 'monthly_revenue-1', since: 'x' })
      await scheduleGold(due('2025-01-31T13:00:00Z'), intake)
      await settle()
      expect(names(started)).not.toContainEqual(expect.stringMatching(/^monthly_revenue-2025/))
      await becomeIdle('monthly_revenue', await intake.flows.read('monthly_revenue'), {}, intake)
      await settle()
      expect(names(started)).toContainEqual(expect.stringMatching(/^monthly_revenue-2025/))
    })
  })

  it('follows a source that was rolled back, as soon as the sweep comes by', async () => {
    const { publish, settle, started, intake, planOf, later } = goldWorld(REVENUE)
    await publish('customers')
    await publish('orders')
    await settle()
    const [first] = started
    await intake.flows.advance('monthly_revenue', await intake.flows.read('monthly_revenue'), { phase: 'idle' })
    const waiting = await intake.landings.find(
      'monthly_revenue',
      planOf(first?.name ?? '').objects.map(({ key }: { key: string }) => key),
    )
    await intake.landings.close('monthly_revenue', first?.name ?? '', 'done', waiting)
    later(60)
    const at = intake.clock.now().toISOString()
    expect(await noteRollback({ dataset: 'orders', to: 'orders-1', at }, intake)).toEqual(['monthly_revenue'])
    await sweep(intake, new Date(8e15))
    await settle()
    const last = names(started).at(-1) ?? ''
    expect(names(started)).toHaveLength(2)
    expect(planOf(last).objects.map(({ key }: { key: string }) => key)).toEqual([expect.stringMatching(/^published\/orders\/rollback-/)])
  })

  it('takes a repeated announcement for what it is, and the rest of a batch that was cut off for news', async () => {
    const { publish, waiting, intake } = goldWorld(REVENUE)
    const publishedAt = '2025-01-31T11:00:00.000Z'
    await publish('orders', { publishedAt })
    const [landing] = await intake.landings.find('monthly_revenue', await waiting('monthly_revenue'))
    await intake.landings.close('monthly_revenue', 'monthly_revenue-1', 'done', landing ? [landing] : [])
    await publish('orders', { publishedAt })
    expect(await waiting('monthly_revenue')).toEqual([])
    await publish('orders', { publishedAt: '2025-01-31T11:05:00.000Z' })
    expect(await waiting('monthly_revenue')).toEqual(['published/orders/orders-1/0badcafe'])
  })

  it('has nothing to do after a compaction, or a batch that changed no partition; the first publication of an empty table is news', async () => {
    const { publish, waiting } = goldWorld(REVENUE)
    await publish('orders', {}, { source: 'curated' })
    await publish('orders', {}, { partitions: [] })
    expect(await waiting('monthly_revenue')).toEqual([])
    await publish('orders', {}, { partitions: [], table: JSON.parse(KIND) })
    expect(await waiting('monthly_revenue')).toHaveLength(1)
  })
})
