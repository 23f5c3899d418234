import { SubscribeCommand } from '@aws-sdk/client-sns'
import { CreateQueueCommand, DeleteMessageCommand, ReceiveMessageCommand } from '@aws-sdk/client-sqs'
import { ACCOUNT_ID, type Clients, REGION } from '../aws/clients.ts'

export interface Alert {
  kind: string
  dataset: string
  message: string
  [field: string]: unknown
}

/** A subscriber of the alert topic, as a person's mailbox is on AWS. */
export async function subscribeInbox({ sns, sqs }: Clients, topicArn: string): Promise<{ alerts(): Promise<Alert[]> }> {
  const QueueName = 'laptop-alert-inbox'
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName }))
  const Endpoint = `arn:aws:sqs:${REGION}:${ACCOUNT_ID}:${QueueName}`
  await sns.send(new SubscribeCommand({ TopicArn: topicArn, Protocol: 'sqs', Endpoint, Attributes: { RawMessageDelivery: 'true' } }))
  const received: Alert[] = []
  return {
    async alerts() {
      for (;;) {
        const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }))
        if (Messages.length === 0) return [...received]
        for (const { Body = '', ReceiptHandle } of Messages) {
          received.push(readAlert(Body))
          await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }))
        }
      }
    },
  }
}

/** Ours are JSON with kind, dataset and message; what alarms and rules publish is shown as it is. */
function readAlert(body: string): Alert {
  try {
    const alert: unknown = JSON.parse(body)
    if (alert !== null && typeof alert === 'object' && 'kind' in alert) return alert as Alert
  } catch {}
  return { kind: 'other', dataset: '', message: body }
}
