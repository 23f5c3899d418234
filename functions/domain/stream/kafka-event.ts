import { z } from 'zod'
import { InvalidInputError } from '../errors.ts'
import type { Header } from './headers.ts'
import type { StreamRecord } from './record.ts'

// One look at the whole: a schema of each number takes a third of the lander's time.
const areBytes = (value: unknown) => Array.isArray(value) && value.every((each) => Number.isInteger(each) && each >= -128 && each <= 255)

/**
 * What Lambda gives a function that reads a topic of MSK (`aws:kafka`) or of other brokers (`SelfManagedKafka`): records by partition, in their
 * order. https://docs.aws.amazon.com/lambda/latest/dg/with-msk.html, https://docs.aws.amazon.com/lambda/latest/dg/with-kafka.html
 */
const kafkaEvent = z.object({
  eventSource: z.string().regex(/kafka$/i),
  /** By `<topic>-<partition>`. */
  records: z.record(
    z.string(),
    z.array(
      z.object({
        topic: z.string().regex(/^[\w.-]+$/),
        /** A number; a text in one of the documented examples. */
        partition: z.union([z.int().nonnegative(), z.string().regex(/^\d+$/)]),
        offset: z.int().nonnegative(),
        /** Milliseconds, by the broker or by the producer; a broker's -1 means that there is none. */
        timestamp: z.number(),
        /** Base64, like the value; of a record without one, nothing. */
        key: z.string().nullish(),
        value: z.string().nullish(),
        /** An object for each header, of its name and its bytes, which are signed as those of Java are. */
        headers: z.array(z.record(z.string(), z.custom<number[]>(areBytes).nullish())).nullish(),
      }),
    ),
  ),
})

/** @throws InvalidInputError when it is no such event */
export function kafkaRecords(event: unknown): StreamRecord[] {
  const parsed = kafkaEvent.safeParse(event)
  if (!parsed.success)
    throw new InvalidInputError('the event is not one of a Kafka topic; only its event source mapping calls this function')
  return Object.values(parsed.data.records)
    .flat()
    .map(({ topic, partition, offset, timestamp, key, value, headers }) => ({
      kind: 'kafka' as const,
      shard: `${topic}-${partition}`,
      sequence: String(offset),
      ...keyOf(key),
      arrivedAt: timestamp >= 0 && timestamp < YEAR_10000 ? Math.floor(timestamp) : undefined,
      ...(headers?.length && { headers: headers.flatMap(headersOf) }),
      data: Buffer.from(value ?? '', 'base64'),
    }))
}

const headersOf = (header: Record<string, number[] | null | undefined>): Header[] =>
  Object.entries(header).map(([name, bytes]) => [name, bytes ? Buffer.from(bytes) : null])

/** A producer may give any number: microseconds where milliseconds are due, for one. What is behind it has no date of four digits. */
const YEAR_10000 = Date.UTC(10_000, 0)

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function keyOf(key: string | null | undefined): Pick<StreamRecord, 'partitionKey' | 'keyBytes'> {
  if (typeof key !== 'string') return { partitionKey: null }
  const keyBytes = Buffer.from(key, 'base64')
  try {
    return { partitionKey: utf8.decode(keyBytes) }
  } catch {
    return { partitionKey: null, keyBytes }
  }
}
