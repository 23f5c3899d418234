import { randomUUID } from 'node:crypto'
import { Consumer, ListOffsetTimestamps, type MessagesStream, MessagesStreamFallbackModes, MessagesStreamModes } from '@platformatic/kafka'
import type { TopicMappingDefinition } from '../../cloudformation/resource-type.ts'

/** Partition → the offset of the last record that is done with, in decimal digits. */
export type TopicCheckpoints = Record<string, string>

export interface TopicRecord {
  partition: number
  offset: bigint
  /** Milliseconds. */
  timestamp: bigint
  key: Buffer | undefined
  value: Buffer | undefined
  /** Each with a key of its own, also where two have one name. */
  headers: Map<Buffer, Buffer | null>
}

/** A topic that is read, all partitions of it. */
export interface OpenTopic {
  /** In their order within each partition; it throws when the topic can be read no longer. */
  records: AsyncIterator<TopicRecord>
  /** Records of the brokers that have not come out of `records`. @throws when the brokers do not answer */
  ahead(): Promise<bigint>
  close(): Promise<void>
}

/** How long the brokers may take to answer. */
const ANSWER_MS = 5000
/** How long a broker waits for a record before it answers that there is none. */
const MOST_WAIT_MS = 250
/** How long it is taken for true which partitions there are, and at which broker. */
const METADATA_MS = 1000

/**
 * Opens the topic behind what is done with. No place is noted at the brokers: the state folder has it.
 * @throws the client's error; topicTrouble() has the words for it
 */
export async function openTopic({ servers, topic }: TopicMappingDefinition, done: TopicCheckpoints): Promise<OpenTopic> {
  const consumer = new Consumer({
    clientId: 'sluice',
    groupId: `sluice-laptop-${randomUUID()}`,
    bootstrapBrokers: servers,
    autocommit: false,
    retries: 1,
    timeout: ANSWER_MS,
    connectTimeout: ANSWER_MS,
    maxWaitTime: MOST_WAIT_MS,
    metadataMaxAge: METADATA_MS,
  })
  const close = async () => void (await Promise.allSettled([consumer.close(true)]))
  let stream: MessagesStream<Buffer, Buffer, Buffer, Buffer>
  let known: number
  try {
    const [first, end] = [await ends(ListOffsetTimestamps.EARLIEST), await ends(ListOffsetTimestamps.LATEST)]
    known = end.length
    const offsets = end.map((last, partition) => ({ topic, partition, offset: startOf(done[partition], first[partition] ?? 0n, last) }))
    const { MANUAL: mode } = MessagesStreamModes
    stream = await consumer.consume({ topics: [topic], mode, fallbackMode: MessagesStreamFallbackModes.EARLIEST, offsets })
  } catch (error) {
    await close()
    throw error
  }

  async function ends(timestamp: bigint): Promise<bigint[]> {
    return (await consumer.listOffsets({ topics: [topic], timestamp })).get(topic) ?? []
  }
  return {
    records: stream[Symbol.asyncIterator]() as AsyncIterator<TopicRecord>,
    async ahead() {
      const end = await ends(ListOffsetTimestamps.LATEST)
      if (end.length !== known) throw new Error(`the topic has ${end.length} partitions, and had ${known}`)
      const left = end.map((last, partition) => last - (stream.offsetsToFetch.get(`${topic}:${partition}`) ?? 0n))
      return left.reduce((sum, each) => sum + (each > 0n ? each : 0n), BigInt(stream.readableLength))
    },
    close,
  }
}

/** Behind the last record that is done with; from the first on where the topic has no such place: it was emptied, or made anew. */
function startOf(done: string | undefined, first: bigint, end: bigint): bigint {
  const next = done === undefined ? first : BigInt(done) + 1n
  return next < first || next > end ? first : next
}
