import { z } from 'zod'
import { CONNECTION_NAME } from './connections/name.ts'
import { jdbc } from './fields/jdbc.ts'

const STREAM_NAME = /^[a-zA-Z0-9_.-]{1,128}$/
const KEY_ARN = /^arn:[\w-]+:kms:[\w-]+:\d{12}:key\/[\w-]+$/

/** Lambda's and Kafka's rules together: https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html, `Topics`. */
const TOPIC_NAME = /^[a-zA-Z0-9_-][a-zA-Z0-9._-]{1,248}$/

/** So long records are gathered for an object, unless they are 6 MB before. A shorter window makes more objects, and more batches of them. */
const windowSeconds = z.int().min(1).max(300).default(300)

/** A stream of Kinesis, in the account and region of the deployment. */
const kinesis = z.strictObject({
  stream: z.string().regex(STREAM_NAME, 'must be the name of a stream: 1 to 128 letters, digits, dots, hyphens and _'),
  window_seconds: windowSeconds,
  /** Of a stream that is encrypted with a key of your own. */
  kms_key: z.string().regex(KEY_ARN, 'must be the ARN of a KMS key').optional(),
})

/** A topic of Kafka, on brokers that a file of connections/ names. */
const kafka = z.strictObject({
  connection: z.string().regex(CONNECTION_NAME, 'must be the name of a file of connections/, without its ending'),
  topic: z
    .string()
    .regex(TOPIC_NAME, 'must be the name of a topic: 2 to 249 letters, digits, dots, hyphens and _, of which a dot is not the first'),
  window_seconds: windowSeconds,
  /** The alarm begins when so many records of the topic have not landed. */
  most_lag: z.int().min(1).default(100_000),
})

/** Sources that put files into raw by themselves, as `source.<name>`. */
export const LANDER_FIELDS = { kinesis: kinesis.optional(), kafka: kafka.optional(), jdbc: jdbc.optional() }

export type LanderName = keyof typeof LANDER_FIELDS

/** What follows from a lander: the format and the folders of the files that it writes. */
interface Lander {
  format: 'json' | 'parquet'
  /** Partition keys of the raw files, unless the contract names others. */
  partitionKeys: string[]
  /** What has a folder of its own. */
  folder: string
  crawl: 'never'
}

export const LANDERS: Record<LanderName, Lander> = {
  kinesis: { format: 'json', partitionKeys: ['arrival_date'], folder: 'day of arrival', crawl: 'never' },
  kafka: { format: 'json', partitionKeys: ['arrival_date'], folder: 'day of arrival', crawl: 'never' },
  jdbc: { format: 'parquet', partitionKeys: ['extract_id'], folder: 'extract', crawl: 'never' },
}

/** The lander that a source has, as far as it can be read. */
export const landerOf = (source: Partial<Record<LanderName, unknown>>): LanderName | undefined =>
  (Object.keys(LANDERS) as LanderName[]).find((name) => source[name] !== undefined)

/** The file of connections/ that a source names. */
export function connectionNamed({ jdbc, kafka }: StreamSource & { jdbc?: { connection: string } | undefined }) {
  if (jdbc) return { kind: 'jdbc' as const, name: jdbc.connection }
  if (kafka) return { kind: 'kafka' as const, name: kafka.connection }
  return undefined
}

/** A stream that Lambda reads for a dataset. */
export interface Stream {
  kind: StreamKind
  /** Of the stream of Kinesis, or of the topic of Kafka. */
  name: string
  windowSeconds: number
}

/** What a stream may be: the name of its lander. */
export type StreamKind = Extract<LanderName, 'kinesis' | 'kafka'>

interface StreamSource {
  kinesis?: z.infer<typeof kinesis> | undefined
  kafka?: z.infer<typeof kafka> | undefined
}

/** The stream that a source is landed from; undefined when it is landed otherwise. */
export function streamOf({ kinesis, kafka }: StreamSource): Stream | undefined {
  if (kinesis) return { kind: 'kinesis', name: kinesis.stream, windowSeconds: kinesis.window_seconds }
  if (kafka) return { kind: 'kafka', name: kafka.topic, windowSeconds: kafka.window_seconds }
  return undefined
}
