import { paginateScan } from '@aws-sdk/client-dynamodb'
import { GetQueueUrlCommand, SendMessageCommand } from '@aws-sdk/client-sqs'
import type { ScheduledStart } from '../../functions/domain/gold/scheduled-start.ts'
import { refOf } from './deploy/made-resources.ts'
import type { Laptop } from './laptop.ts'

/** Puts a message into a queue, as a schedule's rule does. */
export async function sendTo({ clients: { sqs } }: Pick<Laptop, 'clients'>, queueArn: string, message: unknown): Promise<void> {
  const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName: queueArn.split(':').at(-1) }))
  await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: JSON.stringify(message) }))
}

/**
 * Lets gold datasets begin for which publications wait, whatever their `start`: a run has no tomorrow in which a schedule comes by.
 * @param before keys that waited at the last call
 * @returns keys that wait now; none that is new: nothing was sent
 */
export async function startWaitingGold(laptop: Laptop, before: ReadonlySet<string>): Promise<Set<string>> {
  const waiting = await waitingPublications(laptop)
  if ([...waiting].every((key) => before.has(key))) return waiting
  const { clients, stack } = laptop
  for (const dataset of new Set([...waiting].map((key) => key.split(' ')[0] as string))) {
    const start: ScheduledStart = { dataset, dueAt: new Date().toISOString() }
    await clients.sqs.send(new SendMessageCommand({ QueueUrl: refOf(stack, 'CrawlQueue'), MessageBody: JSON.stringify(start) }))
  }
  return waiting
}

/** `<gold dataset> <key>` of each publication that waits. */
async function waitingPublications({ clients, stack }: Laptop): Promise<Set<string>> {
  const found = new Set<string>()
  const scan = {
    TableName: refOf(stack, 'Ledger'),
    FilterExpression: 'attribute_exists(waitingSince) AND begins_with(pk, :landing) AND begins_with(sk, :published)',
    ExpressionAttributeValues: { ':landing': { S: 'LANDING#' }, ':published': { S: 'published/' } },
  } as const
  for await (const { Items = [] } of paginateScan({ client: clients.dynamodb }, scan))
    for (const { pk, sk } of Items) found.add(`${pk?.S?.split('#')[1]} ${sk?.S}`)
  return found
}
