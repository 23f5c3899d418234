import { PublishCommand, SNSClient } from '@aws-sdk/client-sns'
import type { AlertTopic } from '../../ports/alerts.ts'

export function snsAlertTopic(topicArn: string, client = new SNSClient({})): AlertTopic {
  return {
    async publish({ subject, text, chat, json, attributes }) {
      await client.send(
        new PublishCommand({
          TopicArn: topicArn,
          // SNS refuses longer subjects, and any with control or non-ASCII characters.
          Subject: subject.replaceAll(/[^\x20-\x7e]/g, '?').slice(0, 100),
          // One message in three forms. Amazon Q Developer in chat applications subscribes by HTTPS; queues and functions take the default.
          MessageStructure: 'json',
          Message: JSON.stringify({ default: JSON.stringify(json), email: text, https: JSON.stringify(chat), sms: subject }),
          MessageAttributes: Object.fromEntries(
            Object.entries(attributes).map(([name, value]) => [name, { DataType: 'String', StringValue: value }]),
          ),
        }),
      )
    },
  }
}
