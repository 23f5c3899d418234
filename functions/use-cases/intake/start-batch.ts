import { datasetOfRawCrawler } from '../../domain/names.ts'
import { type SettleCrawlWorld, settleCrawl } from './settle-crawl.ts'
import { resumeDataset } from './wake-dataset.ts'

/** An event reports the end of a raw crawl: starts the batch of what the crawl saw, if it is the dataset's own and succeeded. */
export async function startBatch({ crawlerName }: { crawlerName: string }, world: SettleCrawlWorld): Promise<void> {
  const dataset = datasetOfRawCrawler(world.settings.prefix, crawlerName)
  if (dataset === undefined || (await world.contracts.find(dataset)) === undefined) {
    world.counters.count('CrawlerEventsIgnored', 1, { reason: 'foreign-crawler' })
    return
  }
  const flow = await world.flows.read(dataset)
  if (flow.phase === 'crawling') return settleCrawl(dataset, flow, world)
  // A crawl that was started by hand, or a repeated event.
  await resumeDataset(dataset, world)
}
