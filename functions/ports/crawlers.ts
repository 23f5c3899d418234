/** Crawls and the timer that asks for them. */

export interface CrawlerView {
  state: 'READY' | 'RUNNING' | 'STOPPING'
  /** The last crawl that has ended. `id` differs from crawl to crawl. */
  lastCrawl?: { id: string; status: 'SUCCEEDED' | 'CANCELLED' | 'FAILED'; error?: string }
}

export interface Crawlers {
  get(crawlerName: string): Promise<CrawlerView>
  /** busy: a crawl, ours or another, runs already; it may miss what has just landed. */
  start(crawlerName: string): Promise<'started' | 'busy'>
  stop(crawlerName: string): Promise<void>
}

/** A timer: the message comes back to start-crawl after the delay. At least once. */
export interface CrawlTimer {
  schedule(message: { dataset: string; requestId: string }, delaySeconds: number): Promise<void>
}
