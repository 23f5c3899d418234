import { z } from 'zod'
import type { Contract } from '../../functions/domain/contract/contract.ts'
import { admit } from '../../functions/domain/landing/admission.ts'
import { parseCrawlerEvent, parseCrawlMessage } from '../../functions/domain/landing/crawl-messages.ts'
import { parseObjectEvents } from '../../functions/domain/landing/object-event.ts'
import { plural } from '../../functions/domain/words.ts'
import { streamBatchOf } from './land-again.ts'
import { type DeadLetterQueue, LANDER } from './queues.ts'

export interface Judgement {
  /** What the message is about, as far as it can be read: object keys, or the event of a crawler or an execution. */
  about: string[]
  /** Queue that it goes back to; null when no function could ever read it. */
  goesTo: 'landings' | 'crawls' | 'crawler-events' | 'execution-events' | typeof LANDER | null
  /** What happens to it there, or why it cannot go. */
  because: string
}

/** What a redrive of a dead letter does, by the rules that the functions use. */
export function judgeLetter(
  { queue, body }: { queue: DeadLetterQueue; body: string },
  { rawBucket, contracts }: { rawBucket: string; contracts: ReadonlyMap<string, Contract> },
): Judgement {
  try {
    if (queue === 'streams') return judgeStreamBatch(body)
    return queue === 'landings' ? judgeObjects(body, rawBucket, contracts) : judgeEvent(body)
  } catch (error) {
    return { about: [], goesTo: null, because: (error as Error).message }
  }
}

function judgeObjects(body: string, rawBucket: string, contracts: ReadonlyMap<string, Contract>): Judgement {
  const { events, ignored } = parseObjectEvents(body)
  const admissions = events.map((event) => admit(event, rawBucket, contracts))
  const landings = admissions.filter((admission) => 'landing' in admission).length
  const reasons = [...new Set(admissions.flatMap((admission) => ('ignored' in admission ? [admission.ignored] : [])))]
  const because = landings > 0 ? 'will be recorded' : `will be ignored: ${ignored ?? (reasons.join(', ') || 'it names no object')}`
  return { about: events.map(({ kind, bucket, key }) => `${kind} s3://${bucket}/${key}`), goesTo: 'landings', because }
}

function judgeStreamBatch(body: string): Judgement {
  const { stream, shardId, first, last, records } = streamBatchOf(body)
  const because = 'its records are read from the stream and landed, as long as the stream has them'
  return { about: [`${plural(records, 'record')} of stream ${stream}, ${shardId}, from ${first} to ${last}`], goesTo: LANDER, because }
}

const ofCrawlsQueue = z.union([z.object({ requestId: z.string() }), z.object({ dueAt: z.string() })])
const executionEvent = z.object({ detail: z.object({ executionArn: z.string(), status: z.string() }) })

function judgeEvent(body: string): Judgement {
  const because = 'will be handled again'
  const { data: ended } = executionEvent.safeParse(parsed(body))
  if (ended) {
    const { executionArn, status } = ended.detail
    return { about: [`execution ${executionArn.split(':').at(-1)} ${status}`], goesTo: 'execution-events', because }
  }
  if (ofCrawlsQueue.safeParse(parsed(body)).success) {
    const message = parseCrawlMessage(body)
    return { about: [`${'dueAt' in message ? 'schedule' : 'crawl'} of ${message.dataset}`], goesTo: 'crawls', because }
  }
  const { crawlerName, state } = parseCrawlerEvent(body)
  return { about: [`crawler ${crawlerName} ${state}`], goesTo: 'crawler-events', because }
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    throw new Error('the message is not JSON')
  }
}
