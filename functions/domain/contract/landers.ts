import { z } from 'zod'
import { jdbc } from './fields/jdbc.ts'

const STREAM_NAME = /^[a-zA-Z0-9_.-]{1,128}$/
const KEY_ARN = /^arn:[\w-]+:kms:[\w-]+:\d{12}:key\/[\w-]+$/

/** A stream of Kinesis, in the account and region of the deployment. */
const kinesis = z.strictObject({
  stream: z.string().regex(STREAM_NAME, 'must be the name of a stream: 1 to 128 letters, digits, dots, hyphens and _'),
  /** So long records are gathered for an object, unless they are 6 MB before. A shorter window makes more objects, and more batches of them. */
  window_seconds: z.int().min(1).max(300).default(300),
  /** Of a stream that is encrypted with a key of your own. */
  kms_key: z.string().regex(KEY_ARN, 'must be the ARN of a KMS key').optional(),
})

/** Sources that put files into raw by themselves, as `source.<name>`. */
export const LANDER_FIELDS = { kinesis: kinesis.optional(), jdbc: jdbc.optional() }

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
  jdbc: { format: 'parquet', partitionKeys: ['extract_id'], folder: 'extract', crawl: 'never' },
}

/** The lander that a source has, as far as it can be read. */
export const landerOf = (source: Partial<Record<LanderName, unknown>>): LanderName | undefined =>
  (Object.keys(LANDERS) as LanderName[]).find((name) => source[name] !== undefined)
