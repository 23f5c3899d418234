import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs'

/** The queues whose messages end here after five tries, by what they carry. */
export const DEAD_LETTER_QUEUES = ['landings', 'events'] as const
export type DeadLetterQueue = (typeof DEAD_LETTER_QUEUES)[number]

export interface ReceivedLetter {
  queue: DeadLetterQueue
  id: string
  body: string
  receipt: string
  /** When it was first sent: a dead letter keeps the time that it had. */
  sentAt: string
}

export type DeadLetterQueues = ReturnType<typeof deadLetterQueues>

/** Long enough to look at every message once, short enough that a person may try again. */
const HIDDEN_SECONDS = 300

/** What functions could not handle, and the way back to their queues. A message that is neither sent nor discarded stays. */
export function deadLetterQueues(prefix: string, client = new SQSClient({})) {
  const urls = new Map<string, Promise<string>>()
  const urlOf = (name: string) => {
    const QueueName = `${prefix}-${name}`
    const url = urls.get(name) ?? client.send(new GetQueueUrlCommand({ QueueName })).then(({ QueueUrl }) => QueueUrl as string)
    urls.set(name, url)
    return url
  }
  return {
    /** The approximate number of messages: SQS does not count exactly. */
    async count(queue: DeadLetterQueue): Promise<number> {
      const AttributeNames = ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'] as const
      const { Attributes = {} } = await client.send(
        new GetQueueAttributesCommand({ QueueUrl: await urlOf(`${queue}-dlq`), AttributeNames: [...AttributeNames] }),
      )
      return AttributeNames.reduce((sum, name) => sum + Number(Attributes[name] ?? 0), 0)
    },

    /** The available messages, page by page and each once; they stay hidden from other readers meanwhile. */
    async *receive(queue: DeadLetterQueue): AsyncIterable<ReceivedLetter[]> {
      const seen = new Set<string>()
      const QueueUrl = await urlOf(`${queue}-dlq`)
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

    /** To the queue of that name, then away from here: cut off in between it is there twice, which changes nothing. */
    async sendBack(letter: ReceivedLetter, queueName: string): Promise<void> {
      await client.send(new SendMessageCommand({ QueueUrl: await urlOf(queueName), MessageBody: letter.body }))
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
