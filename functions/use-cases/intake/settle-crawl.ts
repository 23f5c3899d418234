import { CRAWL_ATTEMPTS_BEFORE_ALERT, crawlBackoffSeconds, type Flow, type FlowMarks } from '../../domain/landing/flow.ts'
import { rawCrawlerName } from '../../domain/names.ts'
import { beginBatch } from './begin-batch.ts'
import type { Needs } from './intake.ts'
import { scheduleCrawl } from './request-crawl.ts'
import { becomeIdle, resumeDataset, type WakeDatasetWorld } from './wake-dataset.ts'

export type SettleCrawlWorld = WakeDatasetWorld & Needs<'crawlers' | 'alerts', 'prefix'>

/** Glue shows a crawler as STOPPING for a while after it has reported that the crawl succeeded. */
const LOOK_AGAIN_SECONDS = 30

/**
 * Finds out how the dataset's crawl ended and does what follows. It asks Glue and does not trust the event: events come late, twice,
 * and for crawls that are not ours.
 */
export async function settleCrawl(dataset: string, flow: Flow & { phase: 'crawling' }, world: SettleCrawlWorld): Promise<void> {
  const crawler = rawCrawlerName(world.settings.prefix, dataset)
  const { state, lastCrawl } = await world.crawlers.get(crawler)
  if (state !== 'READY') {
    if (world.clock.now().toISOString() > flow.deadline) await world.crawlers.stop(crawler)
    return world.timer.schedule({ dataset, requestId: flow.requestId }, LOOK_AGAIN_SECONDS)
  }
  if (lastCrawl === undefined || lastCrawl.id === flow.previousCrawl) {
    if (await world.pauses.find(dataset)) return endCrawl(dataset, flow, {}, world)
    // The caller that began this phase died before its call to Glue, or the call failed. A second start changes nothing.
    await world.crawlers.start(crawler)
    return
  }
  if (lastCrawl.status === 'SUCCEEDED') {
    // First, so that another delivery does it if this function dies; but no batch waits until SNS takes a message.
    const refusal = await world.alerts.crawlRecovered(dataset, 'the raw crawler works again').catch((error: Error) => error)
    const marks = { crawledThrough: flow.startedAt }
    const result = await beginBatch(dataset, flow, flow.startedAt, world, { marks })
    if (result === 'nothing-waits' || result === 'paused') await endCrawl(dataset, flow, marks, world)
    if (result === 'outrun') await settleAgain(dataset, flow, world)
    if (refusal !== undefined) throw refusal
    return
  }
  const attempts = flow.attempts + 1
  const moved = await scheduleCrawl(dataset, flow, { delaySeconds: crawlBackoffSeconds(attempts), attempts }, world)
  if (moved) world.counters.count('CrawlsFailed', 1, { dataset })
  else await resumeDataset(dataset, world)
  if (attempts >= CRAWL_ATTEMPTS_BEFORE_ALERT) {
    await world.alerts.crawlFailed({ dataset, attempts, error: lastCrawl.error ?? lastCrawl.status.toLowerCase() })
  }
}

async function endCrawl(dataset: string, flow: Flow & { phase: 'crawling' }, marks: FlowMarks, world: SettleCrawlWorld): Promise<void> {
  if (!(await becomeIdle(dataset, flow, marks, world))) await settleAgain(dataset, flow, world)
}

// Another caller has settled it, or it has been paused meanwhile, which leaves the phase as it is.
async function settleAgain(dataset: string, { requestId }: Flow & { phase: 'crawling' }, world: SettleCrawlWorld): Promise<void> {
  const existing = await world.flows.read(dataset)
  if (existing.phase === 'crawling' && existing.requestId === requestId) return settleCrawl(dataset, existing, world)
  await resumeDataset(dataset, world)
}
