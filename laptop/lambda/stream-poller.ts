import { setTimeout as sleep } from 'node:timers/promises'
import { ListShardsCommand, type Shard } from '@aws-sdk/client-kinesis'
import { SendMessageCommand } from '@aws-sdk/client-sqs'
import type { Clients } from '../aws/clients.ts'
import type { StreamMappingDefinition } from '../cloudformation/resource-type.ts'
import { laptopTimes } from '../laptop-times.ts'
import type { Invocation } from './execution-environment.ts'
import { readShard } from './shard-reader.ts'
import { type Delivery, deliver } from './stream-batches.ts'
import { failureMessage, kinesisEvent } from './stream-messages.ts'

/** Where the reading of a stream is: shard → the sequence number of the last record that is done with, or that the shard was read to its end. */
export type Checkpoints = Record<string, string>
export const READ_TO_ITS_END = 'end'

export interface StreamPoller {
  /** Whether a record is in the stream that is not done with. */
  isBehind(): Promise<boolean>
  stop(): Promise<void>
}

/** Why the stream cannot be read, in words. */
const streamTrouble = ({ name, message }: Error, stream: string) =>
  name === 'ResourceNotFoundException' ? `there is no stream ${stream}` : `${name}: ${message}`

/** Reads a mapping's stream for its function, as Lambda does: a reader a shard, children after their parents, batches in order. */
export function startStreamPoller(
  mapping: StreamMappingDefinition,
  deps: {
    clients: Clients
    invoke: (functionName: string, event: unknown) => Promise<Invocation>
    /** From an earlier start. */
    checkpoints?: Checkpoints
    onCheckpoint?: (checkpoints: Checkpoints) => void
    onError?: (error: unknown) => void
    /** Each time that the shards were listed, and without success why not. */
    onLook?: (trouble: string | undefined) => void
  },
): StreamPoller {
  const { kinesis, sqs } = deps.clients
  const checkpoints: Checkpoints = { ...deps.checkpoints }
  const stopping = new AbortController()
  const { signal } = stopping
  const StreamName = mapping.streamArn.slice(mapping.streamArn.indexOf('/') + 1)
  const readers = new Map<string, Promise<void>>()

  async function shards(): Promise<Shard[]> {
    const found: Shard[] = []
    let NextToken: string | undefined
    do {
      const page = await kinesis.send(new ListShardsCommand(NextToken === undefined ? { StreamName } : { NextToken }))
      found.push(...(page.Shards ?? []))
      NextToken = page.NextToken
    } while (NextToken !== undefined)
    return found
  }

  const isRead = (shardId: string) => checkpoints[shardId] === READ_TO_ITS_END

  async function watch(): Promise<void> {
    while (!signal.aborted) {
      try {
        const all = await shards()
        deps.onLook?.(undefined)
        const known = new Set(all.map(({ ShardId = '' }) => ShardId))
        for (const { ShardId = '', ParentShardId, AdjacentParentShardId } of all) {
          const parents = [ParentShardId, AdjacentParentShardId].filter((id) => id !== undefined && known.has(id)) as string[]
          if (readers.has(ShardId) || isRead(ShardId) || !parents.every(isRead)) continue
          readers.set(ShardId, read(ShardId))
        }
      } catch (error) {
        if (!signal.aborted) {
          deps.onLook?.(streamTrouble(error as Error, StreamName))
          deps.onError?.(error)
        }
      }
      await sleep(laptopTimes.pollMs, undefined, { signal }).catch(() => {})
    }
  }

  async function read(shardId: string): Promise<void> {
    while (!signal.aborted && !isRead(shardId)) {
      try {
        await readShard({ StreamName, ShardId: shardId, after: checkpoints[shardId] }, mapping, {
          kinesis,
          signal,
          async take(records) {
            await deliver(records, mapping, deliveryOf(shardId))
            note(shardId, records.at(-1)?.sequenceNumber as string)
          },
          end: () => note(shardId, READ_TO_ITS_END),
        })
      } catch (error) {
        if (signal.aborted) return
        deps.onError?.(error)
        await sleep(500, undefined, { signal }).catch(() => {})
      }
    }
  }

  function note(shardId: string, checkpoint: string) {
    checkpoints[shardId] = checkpoint
    deps.onCheckpoint?.(checkpoints)
  }

  const deliveryOf = (shardId: string): Delivery => ({
    invoke: (records) => deps.invoke(mapping.functionName, kinesisEvent(shardId, records, mapping.streamArn)),
    async giveUp(records, why, attempts) {
      const MessageBody = failureMessage(shardId, records, mapping, { why, attempts })
      await sqs.send(new SendMessageCommand({ QueueUrl: await queueUrl(), MessageBody }))
    },
    pause: () => sleep(laptopTimes.redeliverySeconds * 1000, undefined, { signal }),
    now: () => new Date(),
  })

  // Not asked of SQS: Lambda sends under the function's role, which needs no sqs:GetQueueUrl for it.
  async function queueUrl(): Promise<string> {
    const endpoint = await sqs.config.endpoint?.()
    if (!endpoint) throw new Error('the laptop sends to its own endpoint only')
    return `${endpoint.protocol}//${endpoint.hostname}:${endpoint.port}/${mapping.failureQueueArn.split(':').slice(4).join('/')}`
  }

  const watching = watch()
  return {
    async isBehind() {
      const all = await shards()
      const ends = all.map(({ ShardId = '' }) => endOf(ShardId))
      return (await Promise.all(ends)).some(Boolean)
    },
    async stop() {
      stopping.abort()
      await watching
      await Promise.all(readers.values())
    },
  }

  // A reader that waits for its window has not noted what it holds.
  async function endOf(shardId: string): Promise<boolean> {
    if (isRead(shardId)) return false
    let behind = false
    const peek = new AbortController()
    await readShard(
      { StreamName, ShardId: shardId, after: checkpoints[shardId] },
      { batchSize: 1, windowSeconds: 0 },
      {
        kinesis,
        signal: peek.signal,
        async take() {
          behind = true
          peek.abort()
        },
        end: () => peek.abort(),
        once: true,
      },
    )
    return behind
  }
}
