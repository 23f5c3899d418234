import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs'
import type { FailedBatches } from '../../ports/batches.ts'

/** Long enough for one redrive to look at every message once, short enough that a person may try again. */
const HIDDEN_SECONDS = 300

export function sqsFailedBatches(queueUrl: string, client = new SQSClient({})): FailedBatches {
  return {
    async send(failure) {
      await client.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: JSON.stringify(failure) }))
    },

    async *receive() {
      for (;;) {
        const { Messages = [] } = await client.send(
          new ReceiveMessageCommand({ QueueUrl: queueUrl, MaxNumberOfMessages: 10, VisibilityTimeout: HIDDEN_SECONDS, WaitTimeSeconds: 1 }),
        )
        if (Messages.length === 0) return
        yield Messages.map((message) => ({ receipt: message.ReceiptHandle ?? '', body: message.Body ?? '' }))
      }
    },

    async remove(receipt) {
      await client.send(new DeleteMessageCommand({ QueueUrl: queueUrl, ReceiptHandle: receipt }))
    },

    async release(receipt) {
      await client.send(new ChangeMessageVisibilityCommand({ QueueUrl: queueUrl, ReceiptHandle: receipt, VisibilityTimeout: 0 }))
    },
  }
}
