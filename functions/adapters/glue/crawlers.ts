import { GetCrawlerCommand, GlueClient, StartCrawlerCommand, StopCrawlerCommand } from '@aws-sdk/client-glue'
import type { Crawlers } from '../../ports/crawlers.ts'

export function glueCrawlers(client = new GlueClient({})): Crawlers {
  return {
    async get(crawlerName) {
      const { Crawler } = await client.send(new GetCrawlerCommand({ Name: crawlerName }))
      const last = Crawler?.LastCrawl
      return {
        state: Crawler?.State ?? 'READY',
        ...(last?.Status && {
          lastCrawl: {
            // The prefix alone would do where Glue gives one; where it gives none, the time distinguishes crawls.
            id: `${last.StartTime?.getTime() ?? ''}/${last.MessagePrefix ?? ''}`,
            status: last.Status,
            ...(last.ErrorMessage && { error: last.ErrorMessage }),
          },
        }),
      }
    },

    async start(crawlerName) {
      try {
        await client.send(new StartCrawlerCommand({ Name: crawlerName }))
        return 'started'
      } catch (error) {
        if (isNamed(error, 'CrawlerRunningException', 'CrawlerStoppingException')) return 'busy'
        throw error
      }
    },

    async stop(crawlerName) {
      try {
        await client.send(new StopCrawlerCommand({ Name: crawlerName }))
      } catch (error) {
        if (!isNamed(error, 'CrawlerNotRunningException', 'CrawlerStoppingException')) throw error
      }
    },
  }
}

const isNamed = (error: unknown, ...names: string[]) => error instanceof Error && names.includes(error.name)
