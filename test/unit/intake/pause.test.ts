import { describe, expect, it } from 'vitest'
import type { CrawlerView } from '../../../functions/ports/crawlers.ts'
import { closeBatch } from '../../../functions/use-cases/intake/close-batch.ts'
import { pauseDataset, unpauseDataset } from '../../../functions/use-cases/intake/pause-dataset.ts'
import { recordLandings } from '../../../functions/use-cases/intake/record-landings.ts'
import { startBatch } from '../../../functions/use-cases/intake/start-batch.ts'
import { startCrawl } from '../../../functions/use-cases/intake/start-crawl.ts'
import { sweep } from '../../../functions/use-cases/intake/sweep.ts'
import { resumeDataset } from '../../../functions/use-cases/intake/wake-dataset.ts'
import { calmWorld, objectCreated } from './calm-world.ts'

const CRAWLER = 'sluice-test_orders-raw'

/** A calm world whose crawler and executions only note what is started. */
function notedWorld(dataset: 'orders' | 'events' = 'orders', seed = 1) {
  const calm = calmWorld({ seed })
  const started: string[] = []
  const crawler: { view: CrawlerView } = { view: { state: 'READY' } }
  const intake = {
    ...calm.intake,
    crawlers: {
      get: async () => crawler.view,
      start: async () => {
        started.push('crawl')
        return 'started' as const
      },
      stop: async () => {},
    },
    executions: {
      ...calm.intake.executions,
      start: async (_machine: string, name: string) => {
        started.push('batch')
        return name
      },
    },
  }
  let landed = 0
  const land = () => {
    landed += 1
    return recordLandings([{ id: `${landed}`, body: objectCreated(`raw/${dataset}/day=01/${landed}.csv`) }], intake)
  }
  /** Everything that may start something: the timers that were set, an event of the crawler, a sweep. */
  const everyCall = async () => {
    for (const timer of calm.timers.splice(0)) await startCrawl(timer, intake)
    await startBatch({ crawlerName: CRAWLER.replace('orders', dataset) }, intake)
    calm.simulation.now += 3_600_000
    expect(await sweep(intake, new Date(calm.simulation.now + 60_000))).toEqual(new Map())
    for (const timer of calm.timers.splice(0)) await startCrawl(timer, intake)
  }
  const crawled = () => {
    crawler.view = { state: 'READY', lastCrawl: { id: `crawl-${started.length}`, status: 'SUCCEEDED' } }
  }
  return { ...calm, intake, started, land, everyCall, crawled, pause: () => pauseDataset(dataset, { by: 'ann' }, intake) }
}

describe('a paused dataset', () => {
  it.each([
    ['orders', 1],
    // Without a crawl, and with one only for new partitions.
    ['events', 1],
    ['events', 2],
  ] as const)('records what lands in %s (%i) and starts nothing, until it is resumed', async (dataset, seed) => {
    const { intake, started, land, everyCall, pause } = notedWorld(dataset, seed)
    expect(await pause()).toMatchObject({ by: 'ann', at: expect.stringMatching(/^20/) })
    await land()
    await everyCall()
    await land()
    await everyCall()
    expect(started).toEqual([])
    expect(await intake.landings.oldestWaiting(dataset)).toBeDefined()
    expect(await unpauseDataset(dataset, intake)).toMatchObject({ by: 'ann' })
    await everyCall()
    expect(started.length).toBeGreaterThan(0)
  })

  it('whose crawl runs keeps what the crawl saw, and starts its batch without another crawl when it is resumed', async () => {
    const { intake, started, land, timers, crawled, everyCall, pause } = notedWorld()
    await land()
    await startCrawl(timers.splice(0)[0] as never, intake)
    expect(started).toEqual(['crawl'])
    await pause()
    crawled()
    await startBatch({ crawlerName: CRAWLER }, intake)
    expect(await intake.flows.read('orders')).toMatchObject({ phase: 'idle', crawledThrough: expect.any(String) })
    await everyCall()
    expect(started).toEqual(['crawl'])
    await unpauseDataset('orders', intake)
    await startCrawl(timers.splice(0)[0] as never, intake)
    expect(started).toEqual(['crawl', 'batch'])
  })

  it.each(['begins a crawl', 'begins a batch'])('outruns a function that looked for a pause before it, and then %s', async (which) => {
    const { intake, started, land, timers, crawled, pause } = notedWorld()
    await land()
    const [timer] = timers.splice(0)
    if (which === 'begins a batch') {
      await startCrawl(timer as never, intake)
      started.length = 0
      crawled()
    }
    // The pause comes right after the function has seen that there is none.
    let looked = false
    const find = async (dataset: string) => {
      const seen = await intake.pauses.find(dataset)
      if (!looked) {
        looked = true
        await pause()
      }
      return seen
    }
    const slow = { ...intake, pauses: { ...intake.pauses, find } }
    if (which === 'begins a crawl') await startCrawl(timer as never, slow)
    else await startBatch({ crawlerName: CRAWLER }, slow)
    expect({ looked, started }).toEqual({ looked: true, started: [] })
    expect(await intake.flows.read('orders')).toMatchObject({ phase: 'idle' })
  })

  it('is idle, and needs no sweep for it, when the pause comes while its crawl is settled', async () => {
    const { intake, land, timers, crawled, pause } = notedWorld()
    await land()
    for (const timer of timers.splice(0)) await startCrawl(timer, intake)
    crawled()
    let paused = false
    const find = async (dataset: string) => {
      if (!paused) await pause()
      paused = true
      return intake.pauses.find(dataset)
    }
    await startBatch({ crawlerName: CRAWLER }, { ...intake, pauses: { ...intake.pauses, find } })
    expect((await intake.flows.read('orders')).phase).toBe('idle')
  })

  it('is idle, and needs no sweep for it, when the pause comes while its batch is closed', async () => {
    const { intake, land, timers, crawled, pause } = notedWorld()
    await land()
    for (const timer of timers.splice(0)) await startCrawl(timer, intake)
    crawled()
    await startBatch({ crawlerName: CRAWLER }, intake)
    const [row] = await intake.batches.open('orders')
    if (!row) throw new Error('no batch')
    let paused = false
    const advance: typeof intake.flows.advance = async (...move) => {
      if (!paused) {
        paused = true
        await pause()
      }
      return intake.flows.advance(...move)
    }
    const end = { ...row, status: 'SUCCEEDED' as const, stoppedAt: new Date(Date.parse(row.startedAt) + 60_000).toISOString() }
    await closeBatch(end, { ...intake, flows: { ...intake.flows, advance } })
    expect({ paused, phase: (await intake.flows.read('orders')).phase }).toEqual({ paused: true, phase: 'idle' })
  })

  it('keeps its first pause, and a batch that had begun still starts', async () => {
    const { intake, started, land, timers, crawled, pause } = notedWorld()
    await land()
    await startCrawl(timers.splice(0)[0] as never, intake)
    crawled()
    await startBatch({ crawlerName: CRAWLER }, intake)
    await pause()
    expect(await pauseDataset('orders', { by: 'bob' }, intake)).toMatchObject({ by: 'ann' })
    started.length = 0
    // A function that died between the flow and the execution is followed by another.
    await resumeDataset('orders', intake)
    expect(started).toEqual(['batch'])
    expect(await unpauseDataset('events', intake)).toBeUndefined()
  })
})
