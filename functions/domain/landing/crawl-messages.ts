import { z } from 'zod'
import { InvalidInputError } from '../errors.ts'

const timerSchema = z.object({ dataset: z.string().min(1), requestId: z.string().min(1) })
const crawlerEventSchema = z.object({ detail: z.object({ crawlerName: z.string().min(1), state: z.string() }) })

/** A message of the crawls queue. */
export const parseCrawlTimer = (body: string) => checked(timerSchema, body, 'a crawl timer')

/** EventBridge "Glue Crawler State Change": state is Started, Succeeded or Failed; a stopped crawl has no event. */
export const parseCrawlerEvent = (body: string) => checked(crawlerEventSchema, body, 'a Glue crawler event').detail

function checked<T>(schema: z.ZodType<T>, body: string, what: string): T {
  try {
    return schema.parse(JSON.parse(body))
  } catch (cause) {
    throw new InvalidInputError(`the message is not ${what}`, { cause })
  }
}
