import { z } from 'zod'
import { InvalidInputError } from '../errors.ts'
import { scheduledStartSchema } from '../gold/scheduled-start.ts'

const timerSchema = z.object({ dataset: z.string().min(1), requestId: z.string().min(1) })
const crawlerEventSchema = z.object({ detail: z.object({ crawlerName: z.string().min(1), state: z.string() }) })

export const parseCrawlTimer = (body: string) => checked(timerSchema, body, 'a crawl timer')

/** A message of the crawls queue: a timer, or that the schedule of a gold dataset has come by. */
export const parseCrawlMessage = (body: string) =>
  checked(z.union([timerSchema, scheduledStartSchema]), body, 'a crawl timer or a scheduled start')

/** EventBridge "Glue Crawler State Change": state is Started, Succeeded or Failed; a stopped crawl has no event. */
export const parseCrawlerEvent = (body: string) => checked(crawlerEventSchema, body, 'a Glue crawler event').detail

function checked<T>(schema: z.ZodType<T>, body: string, what: string): T {
  try {
    return schema.parse(JSON.parse(body))
  } catch (cause) {
    throw new InvalidInputError(`the message is not ${what}`, { cause })
  }
}
