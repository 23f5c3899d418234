import { ChangeMessageVisibilityBatchCommand, DeleteMessageBatchCommand, type Message, ReceiveMessageCommand } from '@aws-sdk/client-sqs'
import { type Clients, REGION } from '../aws/clients.ts'
import type { MappingDefinition } from '../cloudformation/resource-type.ts'
import { laptopTimes } from '../laptop-times.ts'
import type { Invocation } from './execution-environment.ts'

export interface Poller {
  stop(): Promise<void>
}

/** What SQS gives and takes at once. */
const MOST_MESSAGES = 10
const LONG_POLL_SECONDS = 20
/** Pollers of a mapping: two show what happens beside each other; the laptop has no use for more. */
const MOST_POLLERS = 2

/** Polls a mapping's queue for its function, as Lambda does: batch, window, partial failures, delete on success. */
export function startPoller(
  mapping: MappingDefinition,
  deps: { clients: Clients; invoke: (functionName: string, event: unknown) => Promise<Invocation>; onError?: (error: unknown) => void },
): Poller {
  const { sqs } = deps.clients
  const stopping = new AbortController()
  const { signal } = stopping

  async function poll() {
    const QueueUrl = await queueUrl()
    while (!signal.aborted) {
      try {
        const messages = await collect(QueueUrl)
        if (messages.length > 0) await handle(QueueUrl, messages)
      } catch (error) {
        if (signal.aborted) return
        deps.onError?.(error)
        await new Promise((resolve) => setTimeout(resolve, 500))
      }
    }
  }

  // Not asked of SQS: Lambda polls under the function's role, which needs no sqs:GetQueueUrl for it.
  async function queueUrl(): Promise<string> {
    const endpoint = await sqs.config.endpoint?.()
    if (!endpoint) throw new Error('the laptop polls its own endpoint only')
    return `${endpoint.protocol}//${endpoint.hostname}:${endpoint.port}/${mapping.queueArn.split(':').slice(4).join('/')}`
  }

  async function collect(QueueUrl: string): Promise<Message[]> {
    const messages = await receive(QueueUrl, LONG_POLL_SECONDS)
    const windowMs = Math.min(mapping.windowSeconds, laptopTimes.mostWindowSeconds) * 1000
    const until = Date.now() + windowMs
    while (messages.length > 0 && messages.length < mapping.batchSize && !signal.aborted) {
      const more = await receive(QueueUrl, 0, mapping.batchSize - messages.length)
      messages.push(...more)
      if (more.length === 0) {
        if (Date.now() >= until) break
        await new Promise((resolve) => setTimeout(resolve, 50))
      }
    }
    return messages
  }

  async function receive(QueueUrl: string, WaitTimeSeconds: number, most = mapping.batchSize): Promise<Message[]> {
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({
        QueueUrl,
        WaitTimeSeconds,
        MaxNumberOfMessages: Math.min(MOST_MESSAGES, most),
        MessageSystemAttributeNames: ['All'],
        MessageAttributeNames: ['All'],
      }),
      { abortSignal: signal },
    )
    return Messages
  }

  async function handle(QueueUrl: string, messages: Message[]) {
    const failed = failedIds(await deps.invoke(mapping.functionName, sqsEvent(messages, mapping.queueArn)), messages, mapping)
    const succeeded = messages.filter(({ MessageId = '' }) => !failed.has(MessageId))
    for (const part of parts(succeeded)) {
      await sqs.send(new DeleteMessageBatchCommand({ QueueUrl, Entries: part.map(entry) }))
    }
    for (const part of parts(messages.filter(({ MessageId = '' }) => failed.has(MessageId)))) {
      const Entries = part.map((message, index) => ({ ...entry(message, index), VisibilityTimeout: laptopTimes.redeliverySeconds }))
      await sqs.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl, Entries }))
    }
  }

  const pollers = Array.from({ length: Math.min(mapping.maximumConcurrency ?? MOST_POLLERS, MOST_POLLERS) }, () =>
    poll().catch((error) => signal.aborted || deps.onError?.(error)),
  )
  return {
    async stop() {
      stopping.abort()
      await Promise.all(pollers)
    },
  }
}

/** Messages that stay in the queue: all when the function failed or answered nonsense, else those that it names. */
export function failedIds(invocation: Invocation, messages: Message[], mapping: { reportsItemFailures: boolean }): Set<string> {
  const all = new Set(messages.map(({ MessageId = '' }) => MessageId))
  if ('error' in invocation) return all
  if (!mapping.reportsItemFailures) return new Set()
  const answer = JSON.parse(invocation.payload) as { batchItemFailures?: { itemIdentifier?: string }[] | null } | null
  const failures = answer?.batchItemFailures ?? []
  const known = failures.every(({ itemIdentifier }) => itemIdentifier !== undefined && all.has(itemIdentifier))
  return known ? new Set(failures.map(({ itemIdentifier }) => itemIdentifier as string)) : all
}

function sqsEvent(messages: Message[], queueArn: string) {
  return {
    Records: messages.map((message) => ({
      messageId: message.MessageId,
      receiptHandle: message.ReceiptHandle,
      body: message.Body,
      attributes: message.Attributes ?? {},
      messageAttributes: Object.fromEntries(
        Object.entries(message.MessageAttributes ?? {}).map(([name, { StringValue, DataType }]) => [
          name,
          { stringValue: StringValue, dataType: DataType },
        ]),
      ),
      md5OfBody: message.MD5OfBody,
      eventSource: 'aws:sqs',
      eventSourceARN: queueArn,
      awsRegion: REGION,
    })),
  }
}

const entry = ({ ReceiptHandle }: Message, index: number) => ({ Id: String(index), ReceiptHandle })

function* parts(messages: Message[]): Generator<Message[]> {
  for (let first = 0; first < messages.length; first += MOST_MESSAGES) yield messages.slice(first, first + MOST_MESSAGES)
}
