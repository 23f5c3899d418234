import { datasetOfRawCrawler } from '../domain/names.ts'
import { type SettleCrawlWorld, settleCrawl } from './settle-crawl.ts'

/** A raw crawl is said to have ended: starts the batch of what it saw, when it is the dataset's own and it succeeded. */
export async function startBatch({ crawlerName }: { crawlerName: string }, world: SettleCrawlWorld): Promise<void> {
  const dataset = datasetOfRawCrawler(world.settings.prefix, crawlerName)
  const flow = dataset === undefined ? undefined : await world.flows.read(dataset)
  // A crawl that somebody started by hand, or an event that comes again when all is done.
  if (dataset === undefined || flow?.phase !== 'crawling') return
  await settleCrawl(dataset, flow, world)
}
