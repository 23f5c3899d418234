import { z } from 'zod'
import { type CommandTarget, stageOfArn } from '../domain/command/next-command.ts'
import { ConfigurationError } from '../domain/errors.ts'

const name = z.string().min(1)
const seconds = z.coerce.number().int().nonnegative()

/** Every variable that a function may be given. Keys carry unit or kind. infra/ gives each function the ones it reads. */
export const environmentSchema = {
  RESOURCE_PREFIX: name,
  RAW_BUCKET_NAME: name,
  LAKE_BUCKET_NAME: name,
  LEDGER_TABLE_NAME: name,
  GLUE_DATABASE_NAME: name,
  /** s3:// address of the compiled contracts, a JSON array. */
  CONTRACTS_URI: z.string().regex(/^s3:\/\/[^/]+\/.+/, 'must be an s3:// address'),
  CRAWL_QUEUE_URL: z.url(),
  FAILED_BATCH_QUEUE_URL: z.url(),
  INGEST_STATE_MACHINE_ARN: name,
  ALERT_TOPIC_ARN: name,
  DIGEST_TOPIC_ARN: name,
  /** Of the events that this deployment sends: `sluice.<stage>`. */
  EVENT_SOURCE_NAME: name,
  METRICS_NAMESPACE: name,
  /** Takes OpenLineage events; empty: they stay in the lake alone. */
  LINEAGE_URL: z.union([z.literal(''), z.url()]),
  SETTLE_SECONDS: seconds,
  CRAWL_DEADLINE_SECONDS: seconds,
  LEASE_SECONDS: seconds,
  /** Runs of the job at a time, in the whole stage. */
  MAX_JOB_RUNS: z.coerce.number().int().positive(),
  SWEEP_GRACE_SECONDS: seconds,
  /** Of a stream's lander: what it reads, its dataset, and the partition key of the raw files, whose values are days of arrival. */
  STREAM_KIND: z.enum(['kinesis', 'kafka']),
  STREAM_DATASET: name,
  STREAM_PARTITION_KEY: name,
} as const

type Environment = typeof environmentSchema
export type EnvironmentKey = keyof Environment

/**
 * Reads the named variables; the only reader of process.env.
 * @throws ConfigurationError naming every variable that is missing or wrong (never its value)
 */
export function readConfig<K extends EnvironmentKey>(...keys: K[]): { [P in K]: z.output<Environment[P]> } {
  const shape = Object.fromEntries(keys.map((key) => [key, environmentSchema[key]]))
  const parsed = z.object(shape).safeParse(process.env)
  if (!parsed.success) {
    const wrong = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ')
    throw new ConfigurationError(`environment: ${wrong}`)
  }
  return parsed.data as { [P in K]: z.output<Environment[P]> }
}

/** The deployment of this function, for the commands in its alerts. Only the pipeline of `sluice up` has its endpoint on this machine. */
export function commandTarget(topicArn: string): CommandTarget {
  return { stage: stageOfArn(topicArn), local: process.env.AWS_ENDPOINT_URL?.startsWith('http://127.0.0.1:') ?? false }
}
