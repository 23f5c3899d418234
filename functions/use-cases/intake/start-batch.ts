import { datasetOfRawCrawler } from '../../domain/names.ts'
import { type SettleCrawlWorld, settleCrawl } from './settle-crawl.ts'
import { resumeDataset } from './wake-dataset.ts'

/** A raw crawl is said to have ended: starts the batch of what it saw, when it is the dataset's own and it succeeded. */
export async function startBatch({ crawlerName }: { crawlerName: string }, world: SettleCrawlWorld): Promise<void> {
  const dataset = datasetOfRawCrawler(world.settings.prefix, crawlerName)
  if (dataset === undefined || (await world.contracts.find(dataset)) === undefined) {
    world.counters.count('CrawlerEventsIgnored', 1, { reason: 'foreign-crawler' })
    return
  }
  const flow = await world.flows.read(dataset)
  if (flow.phase === 'crawling') return settleCrawl(dataset, flow, world)
  // A crawl that somebody started by hand, or an event that comes again.
  await resumeDataset(dataset, world)
}
