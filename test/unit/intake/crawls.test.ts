import { describe, expect, it } from 'vitest'
import type { CrawlerView } from '../../../functions/ports/crawlers.ts'
import { recordLandings } from '../../../functions/use-cases/intake/record-landings.ts'
import { startBatch } from '../../../functions/use-cases/intake/start-batch.ts'
import { startCrawl } from '../../../functions/use-cases/intake/start-crawl.ts'
import { calmWorld, objectCreated } from './calm-world.ts'

const CRAWLER = 'sluice-test_orders-raw'

/** A calm world in which something has landed, with a crawler whose state the test decides. */
async function landed(dataset: 'orders' | 'events' = 'orders', seed = 1) {
  const calm = calmWorld({ seed })
  const crawler: { view: CrawlerView; calls: string[] } = { view: { state: 'READY' }, calls: [] }
  const intake = {
    ...calm.intake,
    crawlers: {
      get: async () => crawler.view,
      start: async () => {
        crawler.calls.push('start')
        return 'started' as const
      },
      stop: async () => void crawler.calls.push('stop'),
    },
  }
  await recordLandings([{ id: '1', body: objectCreated(`raw/${dataset}/day=01/a.csv`) }], intake)
  return { ...calm, intake, crawler, timer: { dataset, requestId: '1' } }
}

describe('start-crawl', () => {
  it('starts the crawl that is due, and notes which crawl came before it', async () => {
    const { intake, crawler, timer } = await landed()
    crawler.view = { state: 'READY', lastCrawl: { id: 'old', status: 'SUCCEEDED' } }
    await startCrawl(timer, intake)
    expect(crawler.calls).toEqual(['start'])
    expect(await intake.flows.read('orders')).toMatchObject({ phase: 'crawling', previousCrawl: 'old' })
  })

  it('does not take a crawl that runs already for its own, and comes back', async () => {
    const { intake, crawler, timer, timers } = await landed()
    crawler.view = { state: 'RUNNING' }
    await startCrawl(timer, intake)
    expect(crawler.calls).toEqual([])
    expect(await intake.flows.read('orders')).toMatchObject({ phase: 'requested', requestId: '2' })
    expect(timers.at(-1)).toEqual({ dataset: 'orders', requestId: '2', delaySeconds: 60 })
  })

  it('stops an unknown crawl that never ends, and sends an alert', async () => {
    const { intake, crawler, timer, alerts, simulation } = await landed()
    crawler.view = { state: 'RUNNING' }
    simulation.now += 1_201_000
    await startCrawl(timer, intake)
    expect(crawler.calls).toEqual(['stop'])
    expect(alerts).toEqual(['crawl-failed orders 0'])
  })

  it('calls the crawler again when a first delivery died before it did', async () => {
    const { intake, crawler, timer } = await landed()
    await startCrawl(timer, intake)
    await startCrawl(timer, intake)
    expect(crawler.calls).toEqual(['start', 'start'])
  })

  it('ignores a timer that is out of date', async () => {
    const { intake, crawler } = await landed()
    await startCrawl({ dataset: 'orders', requestId: '77' }, intake)
    expect(crawler.calls).toEqual([])
  })

  it('looks after a crawl by the timer of an earlier one too, whose function may have stopped it', async () => {
    const { intake, crawler, timer, timers } = await landed()
    await startCrawl(timer, intake)
    crawler.view = { state: 'READY', lastCrawl: { id: 'ours', status: 'CANCELLED' } }
    await startCrawl({ dataset: 'orders', requestId: 'of an earlier crawl' }, intake)
    expect(await intake.flows.read('orders')).toMatchObject({ phase: 'requested', attempts: 1 })
    expect(timers.at(-1)).toMatchObject({ dataset: 'orders', delaySeconds: 60 })
  })

  it('sends a timer that is early round again', async () => {
    const { intake, timers, simulation, timer } = await landed()
    simulation.now -= 1_800_000
    await startCrawl(timer, intake)
    expect(timers.at(-1)).toEqual({ ...timer, delaySeconds: 1800 })
  })

  it('skips the crawl when the contract allows it and every partition is known', async () => {
    const { intake, world, crawler, timer } = await landed('events')
    world.glue.catalog.set('events', new Set(['day=01']))
    await startCrawl(timer, intake)
    expect(crawler.calls).toEqual([])
    expect(await intake.flows.read('events')).toMatchObject({ phase: 'batching', crawledThrough: null })
    expect(world.executions.running).toHaveLength(1)
  })

  it('never crawls where the contract says so: what landed is registered before the batch claims it', async () => {
    const { intake, world, crawler, timer } = await landed('events', 2)
    await startCrawl(timer, intake)
    expect(crawler.calls).toEqual([])
    expect([...(world.glue.catalog.get('events') ?? [])]).toEqual(['day=01'])
    expect(world.executions.running).toHaveLength(1)
  })

  it('ends the trouble of an earlier crawl when the batch needs none', async () => {
    const { intake, timer, alerts } = await landed('events', 2)
    await startCrawl(timer, intake)
    expect(alerts).toEqual(['recovered events'])
  })

  it('crawls for a new partition all the same', async () => {
    const { intake, world, crawler, timer } = await landed('events')
    world.glue.catalog.set('events', new Set(['day=02']))
    await startCrawl(timer, intake)
    expect(crawler.calls).toEqual(['start'])
  })
})

describe('start-batch', () => {
  it('starts one execution, named after its batch, however often the event arrives', async () => {
    const { intake, world, crawler, timer } = await landed()
    await startCrawl(timer, intake)
    crawler.view = { state: 'READY', lastCrawl: { id: 'new', status: 'SUCCEEDED' } }
    for (let times = 0; times < 3; times += 1) await startBatch({ crawlerName: CRAWLER }, intake)
    expect(world.executions.running.map(({ name }) => name)).toEqual([expect.stringMatching(/^orders-20250131T120000Z-[0-9a-f]{8}$/)])
  })

  it('asks for a partition by its value and by the text of its folder, whichever a crawler has noted', async () => {
    const { intake, world, crawler, timer } = await landed()
    await recordLandings([{ id: '2', body: objectCreated('raw/orders/day=a%3Db/c.csv') }], intake)
    await startCrawl(timer, intake)
    crawler.view = { state: 'READY', lastCrawl: { id: 'new', status: 'SUCCEEDED' } }
    await startBatch({ crawlerName: CRAWLER }, intake)
    const [execution] = world.executions.running
    expect(world.plan(`runs/orders/${execution?.name}/plan.json`)?.predicates).toEqual(["day IN ('01', 'a%3Db', 'a=b')"])
  })

  it('asks Glue what the event means: a crawl of before, or one that still stops, starts nothing', async () => {
    const { intake, world, crawler, timer, timers } = await landed()
    crawler.view = { state: 'READY', lastCrawl: { id: 'old', status: 'SUCCEEDED' } }
    await startCrawl(timer, intake)
    await startBatch({ crawlerName: CRAWLER }, intake)
    crawler.view = { state: 'STOPPING', lastCrawl: { id: 'old', status: 'SUCCEEDED' } }
    await startBatch({ crawlerName: CRAWLER }, intake)
    expect(world.executions.all.size).toBe(0)
    expect(timers.at(-1)).toEqual({ dataset: 'orders', requestId: '1', delaySeconds: 30 })
  })

  it.each(['FAILED', 'CANCELLED'] as const)(
    'tries again after a crawl that was %s, ever later, and tells people from the third on',
    async (status) => {
      const { intake, crawler, timers, alerts, simulation } = await landed()
      const delays: (number | undefined)[] = []
      for (let attempt = 1; attempt <= 4; attempt += 1) {
        const { requestId = '' } = timers.at(-1) ?? {}
        await startCrawl({ dataset: 'orders', requestId }, intake)
        crawler.view = { state: 'READY', lastCrawl: { id: `crawl ${attempt}`, status } }
        await startBatch({ crawlerName: CRAWLER }, intake)
        delays.push(timers.at(-1)?.delaySeconds)
        simulation.now += 3_600_000
      }
      expect(delays).toEqual([60, 120, 240, 480])
      expect(alerts).toEqual(['crawl-failed orders 3', 'crawl-failed orders 4'])
    },
  )

  it('ignores crawlers of others', async () => {
    const { intake, counts } = await landed()
    await startBatch({ crawlerName: 'somebody-elses-raw' }, intake)
    await startBatch({ crawlerName: 'sluice-test_unknown-raw' }, intake)
    expect(counts['CrawlerEventsIgnored foreign-crawler']).toBe(2)
  })
})
