import { setTimeout as sleep } from 'node:timers/promises'
import { paginateScan } from '@aws-sdk/client-dynamodb'
import { GetQueueAttributesCommand, GetQueueUrlCommand } from '@aws-sdk/client-sqs'
import { refOf } from './deploy/made-resources.ts'
import type { Laptop } from './laptop.ts'

const LOOK_EVERY_MS = 150
/** An event travels between two looks: only what is still twice is still. */
const STILL_LOOKS = 3
/** Nothing moves, yet something waits: on AWS the next schedule would come by. */
const SCHEDULES_AFTER_MS = 5_000
const GIVE_UP_AFTER_MS = 60_000

/** Something waits and nothing comes for it. */
export class StuckError extends Error {
  override readonly name = 'StuckError'
}

/** Streams and topics that are read. */
export interface Sources {
  /** Whether a record waits to be landed. @throws StuckError when none can be read */
  isBehind(): Promise<boolean>
}

/**
 * Ends when no queue and no stream holds a message, nothing runs and no landing waits.
 * @param runSchedules what the passing of time would do
 */
export async function untilStill(laptop: Laptop, sources: Sources[], runSchedules: () => Promise<void>): Promise<void> {
  let still = 0
  let idleSince: number | undefined
  let scheduled = 0
  while (still < STILL_LOOKS) {
    if (await moves(laptop, sources)) {
      still = 0
      idleSince = undefined
      scheduled = 0
    } else if ((await waitingLandings(laptop)) === 0) still++
    else {
      still = 0
      idleSince ??= Date.now()
      const idle = Date.now() - idleSince
      if (idle > GIVE_UP_AFTER_MS) throw new StuckError(`${await waitingLandings(laptop)} landed files wait, and no batch starts for them`)
      if (idle > SCHEDULES_AFTER_MS * (scheduled + 1)) {
        scheduled++
        await runSchedules()
      }
    }
    if (still < STILL_LOOKS) await sleep(LOOK_EVERY_MS)
  }
}

async function moves(laptop: Laptop, sources: Sources[]): Promise<boolean> {
  const running = [...laptop.executions.values()].some(({ status }) => status === 'RUNNING')
  if (running || laptop.glue.busy() || laptop.functions.busy()) return true
  for (const source of sources) if (await source.isBehind()) return true
  const depths = await Promise.all(laptop.mappings.map(({ queueArn }) => depth(laptop, queueArn)))
  return depths.some((messages) => messages > 0)
}

async function depth({ clients: { sqs } }: Laptop, queueArn: string): Promise<number> {
  const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName: queueArn.split(':').at(-1) }))
  const names = ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible', 'ApproximateNumberOfMessagesDelayed'] as const
  const { Attributes = {} } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: [...names] }))
  return names.reduce((sum, name) => sum + Number(Attributes[name] ?? 0), 0)
}

async function waitingLandings({ clients, stack }: Laptop): Promise<number> {
  let count = 0
  const scan = {
    TableName: refOf(stack, 'Ledger'),
    // Failed batches are in the same index. A gold dataset may wait for a source that never publishes.
    FilterExpression: 'attribute_exists(waitingSince) AND begins_with(pk, :landing) AND begins_with(sk, :raw)',
    ExpressionAttributeValues: { ':landing': { S: 'LANDING#' }, ':raw': { S: 'raw/' } },
    Select: 'COUNT',
  } as const
  for await (const page of paginateScan({ client: clients.dynamodb }, scan)) count += page.Count ?? 0
  return count
}
