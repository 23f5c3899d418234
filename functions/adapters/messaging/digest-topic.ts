import { PublishCommand, SNSClient } from '@aws-sdk/client-sns'
import type { DigestTopic } from '../../ports/alerts.ts'

/** Subjects must be ASCII and at most 100 characters: domain/digest/text.ts makes no others. */
export function snsDigestTopic(topicArn: string, client = new SNSClient({})): DigestTopic {
  return {
    async publish({ subject, text }) {
      await client.send(new PublishCommand({ TopicArn: topicArn, Subject: subject, Message: text }))
    },
  }
}
