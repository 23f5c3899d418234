import { CreateQueueCommand, GetQueueAttributesCommand, type Message, SendMessageCommand } from '@aws-sdk/client-sqs'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { createClients } from '../../../laptop/aws/clients.ts'
import type { Invocation } from '../../../laptop/lambda/execution-environment.ts'
import { failedIds, startPoller } from '../../../laptop/lambda/queue-poller.ts'
import { startOpenAws } from './open-aws.ts'

const messages: Message[] = [{ MessageId: 'a' }, { MessageId: 'b' }]
const payload = (value: unknown): Invocation => ({ payload: JSON.stringify(value) })
const partial = { reportsItemFailures: true }

describe('messages that stay in the queue', () => {
  it.each<[string, Invocation, { reportsItemFailures: boolean }, string[]]>([
    ['none after success', payload(null), partial, []],
    ['none for an empty list', payload({ batchItemFailures: [] }), partial, []],
    ['those that are named', payload({ batchItemFailures: [{ itemIdentifier: 'b' }] }), partial, ['b']],
    ['all when an unknown one is named', payload({ batchItemFailures: [{ itemIdentifier: 'z' }] }), partial, ['a', 'b']],
    ['all when one is named without a name', payload({ batchItemFailures: [{}] }), partial, ['a', 'b']],
    ['all when the function failed', { error: { errorType: 'Error', errorMessage: '' } }, partial, ['a', 'b']],
    ['none when failures are not reported', payload({ batchItemFailures: [{ itemIdentifier: 'b' }] }), { reportsItemFailures: false }, []],
  ])('%s', (_, invocation, mapping, expected) => {
    expect([...failedIds(invocation, messages, mapping)]).toEqual(expected)
  })
})

describe('polling', () => {
  let moto: Awaited<ReturnType<typeof startOpenAws>>
  let clients: ReturnType<typeof createClients>
  beforeAll(async () => {
    moto = await startOpenAws()
    clients = createClients(moto.endpoint, 'test')
  })
  afterAll(async () => {
    clients.destroy()
    await moto.stop()
  })

  it('hands over batches, deletes what was done and brings back what failed', async () => {
    const { QueueUrl } = await clients.sqs.send(new CreateQueueCommand({ QueueName: 'work', Attributes: { VisibilityTimeout: '400' } }))
    for (let n = 0; n < 25; n++) await clients.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: String(n) }))
    const times = new Map<string, number>()
    const sizes: number[] = []
    const poller = startPoller(
      {
        functionName: 'f',
        queueArn: 'arn:aws:sqs:us-east-1:123456789012:work',
        batchSize: 20,
        windowSeconds: 5,
        maximumConcurrency: 2,
        reportsItemFailures: true,
      },
      {
        clients,
        async invoke(_, event) {
          const { Records } = event as { Records: { messageId: string; body: string; eventSource: string }[] }
          sizes.push(Records.length)
          for (const { body } of Records) times.set(body, (times.get(body) ?? 0) + 1)
          const failed = Records.filter(({ body }) => body === '7' && times.get('7') === 1)
          return payload({ batchItemFailures: failed.map(({ messageId }) => ({ itemIdentifier: messageId })) })
        },
      },
    )
    const left = async () => {
      const { Attributes = {} } = await clients.sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }))
      return Number(Attributes.ApproximateNumberOfMessages) + Number(Attributes.ApproximateNumberOfMessagesNotVisible)
    }
    // The failed one comes back after seconds, not after its visibility of 400.
    await vi.waitFor(async () => expect(await left()).toBe(0), { timeout: 8000, interval: 100 })
    await poller.stop()
    expect(times.size).toBe(25)
    expect(times.get('7')).toBe(2)
    expect(Math.max(...sizes)).toBeLessThanOrEqual(20)
    expect(Math.max(...sizes)).toBeGreaterThan(1)
  })

  it('stops within moments, also out of a long poll', async () => {
    await clients.sqs.send(new CreateQueueCommand({ QueueName: 'idle' }))
    const poller = startPoller(
      {
        functionName: 'f',
        queueArn: 'arn:aws:sqs:us-east-1:123456789012:idle',
        batchSize: 1,
        windowSeconds: 0,
        reportsItemFailures: false,
      },
      { clients, invoke: async () => payload(null) },
    )
    await new Promise((resolve) => setTimeout(resolve, 100))
    const began = Date.now()
    await poller.stop()
    expect(Date.now() - began).toBeLessThan(1000)
  })
})
