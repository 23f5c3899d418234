import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import type { CrawlTimer } from '../../ports/crawlers.ts'

/** SQS delays a message by at most this; start-crawl sends it round again when it comes back early. */
const MAX_DELAY_SECONDS = 900

export function sqsCrawlTimer(queueUrl: string, client = new SQSClient({})): CrawlTimer {
  return {
    async schedule(message, delaySeconds) {
      const DelaySeconds = Math.max(0, Math.min(MAX_DELAY_SECONDS, Math.ceil(delaySeconds)))
      await client.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: JSON.stringify(message), DelaySeconds }))
    },
  }
}
