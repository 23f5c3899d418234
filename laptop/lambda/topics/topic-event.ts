import type { TopicMappingDefinition } from '../../cloudformation/resource-type.ts'
import type { TopicRecord } from './topic.ts'

/** What Lambda gives a function that reads a topic of brokers that are none of AWS's: https://docs.aws.amazon.com/lambda/latest/dg/with-kafka.html */
export function topicEvent(records: TopicRecord[], { servers, topic }: Pick<TopicMappingDefinition, 'servers' | 'topic'>) {
  const byPartition: Record<string, object[]> = {}
  for (const { partition, offset, timestamp, key, value, headers } of records) {
    const name = `${topic}-${partition}`
    byPartition[name] ??= []
    byPartition[name].push({
      topic,
      partition,
      offset: Number(offset),
      timestamp: Number(timestamp),
      timestampType: 'CREATE_TIME',
      ...(key !== undefined && { key: key.toString('base64') }),
      ...(value !== undefined && { value: value.toString('base64') }),
      headers: [...headers].map(([name, bytes]) => ({ [name.toString()]: bytes && [...new Int8Array(bytes)] })),
    })
  }
  return { eventSource: 'SelfManagedKafka', bootstrapServers: servers.join(','), records: byPartition }
}

/** What Lambda gives a function at once, as base64: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
export const PAYLOAD_BYTES = 6 * 1024 * 1024
/** Around a record's key and value in the event. */
const ENVELOPE_BYTES = 200

/** A byte of a header is a number in an array: five characters at most. */
const HEADER_BYTE = 5
/** Around a header in the event. */
const HEADER_ENVELOPE_BYTES = 10

export function sizeInEvent({ key, value, headers }: TopicRecord): number {
  let size = Math.ceil(((key?.length ?? 0) + (value?.length ?? 0)) / 3) * 4 + ENVELOPE_BYTES
  for (const [name, bytes] of headers) size += name.length + (bytes?.length ?? 0) * HEADER_BYTE + HEADER_ENVELOPE_BYTES
  return size
}
