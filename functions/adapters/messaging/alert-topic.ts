import { PublishCommand, SNSClient } from '@aws-sdk/client-sns'
import type { AlertTopic } from '../../ports/alerts.ts'

export function snsAlertTopic(topicArn: string, client = new SNSClient({})): AlertTopic {
  return {
    async publish({ subject, text, json, attributes }) {
      await client.send(
        new PublishCommand({
          TopicArn: topicArn,
          // SNS refuses longer subjects, and any with control or non-ASCII characters.
          Subject: subject.replaceAll(/[^\x20-\x7e]/g, '?').slice(0, 100),
          // One message in two forms: mail is for people, every other protocol for machines.
          MessageStructure: 'json',
          Message: JSON.stringify({ default: JSON.stringify(json), email: text, sms: subject }),
          MessageAttributes: Object.fromEntries(
            Object.entries(attributes).map(([name, value]) => [name, { DataType: 'String', StringValue: value }]),
          ),
        }),
      )
    },
  }
}
