import { setTimeout as sleep } from 'node:timers/promises'
import type { TopicMappingDefinition } from '../../cloudformation/resource-type.ts'
import { laptopTimes } from '../../laptop-times.ts'
import type { Invocation } from '../execution-environment.ts'
import { type OpenTopic, openTopic, type TopicCheckpoints, type TopicRecord } from './topic.ts'
import { PAYLOAD_BYTES, sizeInEvent, topicEvent } from './topic-event.ts'
import { isGone, topicTrouble } from './topic-trouble.ts'

export interface TopicPoller {
  /** Records that are not done with; undefined while the topic cannot be read. */
  behind(): Promise<bigint | undefined>
  /** Why the topic cannot be read at the moment, in a sentence. */
  trouble(): string | undefined
  stop(): Promise<void>
}

const AGAIN_AFTER_MS = 1000
const MOST_STOP_MS = 2000

/**
 * Reads a mapping's topic for its function, as Lambda does: batches of all partitions, repeated as a whole until the function has taken them.
 * What is wrong with the brokers or the topic may pass, so it is tried again until it stops.
 */
export function startTopicPoller(
  mapping: TopicMappingDefinition,
  deps: {
    invoke: (functionName: string, event: unknown) => Promise<Invocation>
    /** From an earlier start. */
    checkpoints?: TopicCheckpoints
    onCheckpoint?: (checkpoints: TopicCheckpoints) => void
    /** Each time that the topic was opened, and without success why not. */
    onLook?: (trouble: string | undefined) => void
    /** Once when it begins, and once, without a sentence, when it is over. */
    onTrouble?: (trouble: string | undefined) => void
    /** Stands in for the brokers in tests. */
    open?: typeof openTopic
  },
): TopicPoller {
  const { invoke, onCheckpoint, onLook, onTrouble, open = openTopic } = deps
  const checkpoints: TopicCheckpoints = { ...deps.checkpoints }
  const stopping = new AbortController()
  const { signal } = stopping
  const windowMs = Math.min(mapping.windowSeconds, laptopTimes.mostWindowSeconds) * 1000
  let topic: OpenTopic | undefined
  let held: TopicRecord[] = []
  let trouble: string | undefined

  function note(next: string | undefined): void {
    if (signal.aborted) return
    onLook?.(next)
    if (next === trouble) return
    trouble = next
    onTrouble?.(next)
  }

  async function poll(): Promise<void> {
    while (!signal.aborted) {
      try {
        topic = await open(mapping, checkpoints)
        note(undefined)
        await read(topic.records)
        await sleep(laptopTimes.pollMs, undefined, { signal }).catch(() => {})
      } catch (error) {
        // One that is made in its place begins at 0.
        if (isGone(error)) for (const partition of Object.keys(checkpoints)) delete checkpoints[partition]
        note(topicTrouble(error, mapping))
        await sleep(AGAIN_AFTER_MS, undefined, { signal }).catch(() => {})
      } finally {
        held = []
        await topic?.close()
        topic = undefined
      }
    }
  }

  /** Until it stops, or the topic is closed. @throws when it can be read no longer */
  async function read(records: AsyncIterator<TopicRecord>): Promise<void> {
    let bytes = 0
    let since = 0
    const stopped = new Promise<'stopped'>((resolve) => signal.addEventListener('abort', () => resolve('stopped'), { once: true }))
    const flush = async () => {
      await deliver(held)
      held = []
      bytes = 0
    }
    for (let next = records.next(); !signal.aborted; ) {
      const window = held.length > 0 ? sleep(Math.max(0, since + windowMs - Date.now()), 'over' as const) : stopped
      const got = await Promise.race([next, window, stopped])
      if (got === 'over') await flush()
      if (typeof got === 'string') continue
      if (got.done) return
      const size = sizeInEvent(got.value)
      if (held.length === mapping.batchSize || (held.length > 0 && bytes + size > PAYLOAD_BYTES)) await flush()
      if (held.length === 0) since = Date.now()
      held.push(got.value)
      bytes += size
      next = records.next()
    }
  }

  /** Repeats the batch until the function has taken it. */
  async function deliver(batch: TopicRecord[]): Promise<void> {
    while (!signal.aborted) {
      if ('payload' in (await invoke(mapping.functionName, topicEvent(batch, mapping)))) {
        for (const { partition, offset } of batch) checkpoints[partition] = String(offset)
        onCheckpoint?.(checkpoints)
        return
      }
      await sleep(laptopTimes.redeliverySeconds * 1000, undefined, { signal }).catch(() => {})
    }
  }

  const polling = poll()
  return {
    trouble: () => trouble,
    async behind() {
      if (trouble !== undefined || topic === undefined) return undefined
      try {
        return (await topic.ahead()) + BigInt(held.length)
      } catch {
        // Also a topic with other partitions than before, or none: it is opened anew.
        await topic?.close()
        return undefined
      }
    },
    async stop() {
      stopping.abort()
      await topic?.close()
      // One that is just opening waits for its brokers, and sees then that it is to stop.
      await Promise.race([polling, sleep(MOST_STOP_MS, undefined, { ref: false })])
    },
  }
}
