import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs'
import { landAgain } from './land-again.ts'

/** What functions could not handle, by what it is: messages of a queue after five tries, and batches of a stream when they were too old. */
export const DEAD_LETTER_QUEUES = ['landings', 'events', 'streams'] as const
export type DeadLetterQueue = (typeof DEAD_LETTER_QUEUES)[number]

export interface ReceivedLetter {
  queue: DeadLetterQueue
  id: string
  body: string
  receipt: string
  /** When it was first sent: a dead letter keeps the time that it had. */
  sentAt: string
}

/** Of a batch of a stream, the message has the position alone: the way back is to read and land its records again. */
export const LANDER = 'lander'

export type DeadLetterQueues = ReturnType<typeof deadLetterQueues>

/** Long enough to look at every message once, short enough that a person may try again. */
const HIDDEN_SECONDS = 300

/** What functions could not handle, and the way back to their queues. A message that is neither sent nor discarded stays. */
export function deadLetterQueues(prefix: string, client = new SQSClient({}), land = landAgain) {
  const urls = new Map<string, Promise<string>>()
  const urlOf = (name: string) => {
    const QueueName = `${prefix}-${name}`
    const url = urls.get(name) ?? client.send(new GetQueueUrlCommand({ QueueName })).then(({ QueueUrl }) => QueueUrl as string)
    urls.set(name, url)
    return url
  }
  /** A deployment of an earlier version has no queue for streams. */
  const existing = (queue: DeadLetterQueue) =>
    urlOf(`${queue}-dlq`).catch((error) => {
      if (queue === 'streams' && error.name === 'QueueDoesNotExist') return undefined
      throw error
    })
  return {
    /** The approximate number of messages: SQS does not count exactly. */
    async count(queue: DeadLetterQueue): Promise<number> {
      const AttributeNames = ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'] as const
      const QueueUrl = await existing(queue)
      if (QueueUrl === undefined) return 0
      const { Attributes = {} } = await client.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: [...AttributeNames] }))
      return AttributeNames.reduce((sum, name) => sum + Number(Attributes[name] ?? 0), 0)
    },

    /** The available messages, page by page and each once; they stay hidden from other readers meanwhile. */
    async *receive(queue: DeadLetterQueue): AsyncIterable<ReceivedLetter[]> {
      const seen = new Set<string>()
      const QueueUrl = await existing(queue)
      if (QueueUrl === undefined) return
      for (;;) {
        const { Messages = [] } = await client.send(
          new ReceiveMessageCommand({
            QueueUrl,
            MaxNumberOfMessages: 10,
            VisibilityTimeout: HIDDEN_SECONDS,
            WaitTimeSeconds: 1,
            MessageSystemAttributeNames: ['SentTimestamp'],
          }),
        )
        // Those that come a second time are the ones that were hidden longest ago: everything has been seen.
        const fresh = Messages.filter(({ MessageId = '' }) => !seen.has(MessageId))
        if (fresh.length === 0) return
        for (const { MessageId = '' } of fresh) seen.add(MessageId)
        yield fresh.map(({ MessageId = '', Body = '', ReceiptHandle = '', Attributes }) => {
          const sentAt = new Date(Number(Attributes?.SentTimestamp ?? 0)).toISOString()
          return { queue, id: MessageId, body: Body, receipt: ReceiptHandle, sentAt }
        })
      }
    },

    /** To the queue of that name, or into raw, then away from here: cut off in between it is there twice, which changes nothing. */
    async sendBack(letter: ReceivedLetter, queueName: string): Promise<void> {
      if (queueName === LANDER) await land(letter.body)
      else await client.send(new SendMessageCommand({ QueueUrl: await urlOf(queueName), MessageBody: letter.body }))
      await this.discard(letter)
    },

    async discard({ queue, receipt }: ReceivedLetter): Promise<void> {
      await client.send(new DeleteMessageCommand({ QueueUrl: await urlOf(`${queue}-dlq`), ReceiptHandle: receipt }))
    },

    /** Shows it again at once. */
    async release({ queue, receipt }: ReceivedLetter): Promise<void> {
      const QueueUrl = await urlOf(`${queue}-dlq`)
      await client.send(new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle: receipt, VisibilityTimeout: 0 }))
    },
  }
}
