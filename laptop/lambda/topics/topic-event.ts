import type { TopicMappingDefinition } from '../../cloudformation/resource-type.ts'
import type { TopicRecord } from './topic.ts'

/** What Lambda gives a function that reads a topic of brokers that are none of AWS's: https://docs.aws.amazon.com/lambda/latest/dg/with-kafka.html */
export function topicEvent(records: TopicRecord[], { servers, topic }: Pick<TopicMappingDefinition, 'servers' | 'topic'>) {
  const byPartition: Record<string, object[]> = {}
  for (const { partition, offset, timestamp, key, value } of records) {
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
      headers: [],
    })
  }
  return { eventSource: 'SelfManagedKafka', bootstrapServers: servers.join(','), records: byPartition }
}

/** What Lambda gives a function at once, as base64: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
export const PAYLOAD_BYTES = 6 * 1024 * 1024
/** Around a record's key and value in the event. */
const ENVELOPE_BYTES = 200

export const sizeInEvent = ({ key, value }: TopicRecord) => Math.ceil(((key?.length ?? 0) + (value?.length ?? 0)) / 3) * 4 + ENVELOPE_BYTES
