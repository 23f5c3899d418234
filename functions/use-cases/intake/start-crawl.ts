import type { Flow } from '../../domain/landing/flow.ts'
import { rawCrawlerName, tableNames } from '../../domain/names.ts'
import { partitionPath } from '../../domain/partition/partition.ts'
import { predicatesFor } from '../../domain/partition/predicate.ts'
import { rawPartitions, registerMissing } from '../batch/prepare/register-partitions.ts'
import { isGold } from '../gold/readiness.ts'
import { startGold } from '../gold/start-gold.ts'
import { beginBatch } from './begin-batch.ts'
import type { Needs } from './intake.ts'
import { scheduleCrawl } from './request-crawl.ts'
import { type SettleCrawlWorld, settleCrawl } from './settle-crawl.ts'
import { becomeIdle, resumeDataset } from './wake-dataset.ts'

export type StartCrawlWorld = SettleCrawlWorld & Needs<'catalog' | 'proof' | 'registry', 'crawlDeadlineSeconds' | 'rawBucket'>

/** How soon to look again when the crawler is busy with a crawl that is not ours. */
const BUSY_SECONDS = 60

/** A timer went off: starts the crawl that was requested, or looks after the one that was started. Any other timer is out of date. */
export async function startCrawl({ dataset, requestId }: { dataset: string; requestId: string }, world: StartCrawlWorld): Promise<void> {
  const flow = await world.flows.read(dataset)
  // Out of date or not: a function that was late may have taken this crawl for an earlier one, and stopped it. No event tells of that.
  if (flow.phase === 'crawling') return settleCrawl(dataset, flow, world)
  if (flow.phase !== 'requested' || flow.requestId !== requestId) return resumeDataset(dataset, world)
  const early = Date.parse(flow.dueAt) - world.clock.now().getTime()
  // SQS holds a message for 15 minutes at most.
  if (early > 1000) return world.timer.schedule({ dataset, requestId }, early / 1000)
  if (await world.pauses.find(dataset)) return void (await becomeIdle(dataset, flow, {}, world))
  const contract = await world.contracts.find(dataset)
  if (isGold(contract)) return startGold(contract, flow, world)
  if (await skipCrawl(dataset, flow, world)) return

  const crawler = rawCrawlerName(world.settings.prefix, dataset)
  // Taken before the crawler is seen ready, so the crawl that ends next began after this.
  const startedAt = world.clock.now()
  const { state, lastCrawl } = await world.crawlers.get(crawler)
  if (state !== 'READY') return waitForCrawler(dataset, flow, world)
  const began = await world.flows.advance(dataset, flow, {
    phase: 'crawling',
    requestId,
    startedAt: startedAt.toISOString(),
    deadline: new Date(startedAt.getTime() + world.settings.crawlDeadlineSeconds * 1000).toISOString(),
    attempts: flow.attempts,
    previousCrawl: lastCrawl?.id ?? null,
  })
  // Another delivery of this timer was first, and may have died on its way to the crawler.
  if (!began) return startCrawl({ dataset, requestId }, world)
  // Busy counts as started here: the crawler was ready a moment ago, so the running crawl began late enough.
  await world.crawlers.start(crawler)
}

// A crawl that is not ours may have begun before the waiting objects landed. It does not count, and ours comes after it.
async function waitForCrawler(dataset: string, flow: Flow & { phase: 'requested' }, world: StartCrawlWorld): Promise<void> {
  const moved = await scheduleCrawl(dataset, flow, { delaySeconds: BUSY_SECONDS, attempts: flow.attempts, since: flow.since }, world)
  // Another call was first: the running crawl may be our own, which another timer has just started.
  if (!moved) return resumeDataset(dataset, world)
  if (world.clock.now().getTime() - Date.parse(flow.since) <= world.settings.crawlDeadlineSeconds * 1000) return
  await world.crawlers.stop(rawCrawlerName(world.settings.prefix, dataset))
  await world.alerts.crawlFailed({ dataset, attempts: flow.attempts, error: 'the crawler was busy past the deadline and has been stopped' })
}

/**
 * `crawl: new-partitions`: nothing to crawl for when the catalog has every partition that waits. `crawl: never`: the catalog gets them from
 * here, before the batch claims anything. True when the batch has begun.
 */
async function skipCrawl(dataset: string, flow: Flow, world: StartCrawlWorld): Promise<boolean> {
  const contract = await world.contracts.find(dataset)
  if (contract === undefined || contract.crawl === 'always') return false
  const keys = contract.source.partition_keys
  const result = await beginBatch(dataset, flow, world.clock.now().toISOString(), world, {
    onlyIf: async (landings) => {
      if (contract.crawl === 'never') {
        await registerMissing(tableNames(dataset).raw, rawPartitions(dataset, landings, keys, world.settings.rawBucket), world)
        return true
      }
      const missing = new Map(landings.map(({ partition }) => [partitionPath(partition, keys), partition]))
      for (const predicate of predicatesFor(keys, missing.values())) {
        for (const known of await world.catalog.partitions(tableNames(dataset).raw, predicate)) missing.delete(partitionPath(known, keys))
      }
      return keys.length === 0 || missing.size === 0
    },
  })
  if (result === 'declined') return false
  if (result === 'nothing-waits' || result === 'paused') await becomeIdle(dataset, flow, {}, world)
  if (result === 'outrun') await resumeDataset(dataset, world)
  if (result !== 'paused') await world.alerts.crawlRecovered(dataset, 'nothing waits for the raw crawler')
  return true
}
