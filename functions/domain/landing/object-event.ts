import { z } from 'zod'
import { InvalidInputError } from '../errors.ts'
import { canonicalSequencer } from './landing.ts'

/** What S3 reports of one object, in either shape of event. The key is decoded. */
export interface ObjectEvent {
  kind: 'created' | 'deleted'
  bucket: string
  key: string
  size: number
  etag: string
  /** Canonical. */
  sequencer: string
  time: string
  /** A version or a delete marker was removed. Only the bucket knows what the key holds now, perhaps an earlier version again. */
  oldVersion: boolean
  /** By a lifecycle rule, which takes only versions that the key does not show. */
  byLifecycle?: true
  /** The key holds what the ledger knows of it. */
  unchanged?: true
  /** What the key holds was seen in a listing; see `Landing.restored`. */
  restored?: true
}
export type ParsedMessage = { events: ObjectEvent[]; ignored?: 'test-event' | 'other-event' }

const eventBridgeSchema = z.object({
  'detail-type': z.string(),
  time: z.iso.datetime({ offset: true }),
  detail: z.object({
    bucket: z.object({ name: z.string() }),
    object: z.object({
      key: z.string().min(1),
      size: z.number().int().nonnegative().default(0),
      etag: z.string().default(''),
      sequencer: z.string(),
      'version-id': z.string().optional(),
    }),
    'deletion-type': z.string().optional(),
    reason: z.string().optional(),
  }),
})

const directSchema = z.object({
  Records: z.array(
    z.object({
      eventName: z.string(),
      eventTime: z.iso.datetime({ offset: true }),
      s3: z.object({
        bucket: z.object({ name: z.string() }),
        object: z.object({
          key: z.string().min(1),
          size: z.number().int().nonnegative().default(0),
          eTag: z.string().default(''),
          sequencer: z.string(),
          versionId: z.string().optional(),
        }),
      }),
    }),
  ),
})

/**
 * The objects that one SQS message is about: an EventBridge event, or S3's own notification with its form-encoded keys.
 * @throws InvalidInputError naming what is wrong with the message, never its content
 */
export function parseObjectEvents(body: string): ParsedMessage {
  let message: unknown
  try {
    message = JSON.parse(body)
  } catch {
    throw new InvalidInputError('the message is not JSON')
  }
  if (typeof message !== 'object' || message === null) throw new InvalidInputError('the message is not an object')
  if ('Event' in message && message.Event === 's3:TestEvent') return { events: [], ignored: 'test-event' }
  if ('Records' in message) return { events: checked(directSchema, message).Records.flatMap(fromDirect) }
  if (!('detail-type' in message)) throw new InvalidInputError('the message is neither an EventBridge event nor an S3 notification')
  const kind = { 'Object Created': 'created', 'Object Deleted': 'deleted' }[String(message['detail-type'])] as
    | ObjectEvent['kind']
    | undefined
  if (kind === undefined) return { events: [], ignored: 'other-event' }
  const { time, detail } = checked(eventBridgeSchema, message)
  const { key, size, etag, sequencer, 'version-id': version } = detail.object
  const oldVersion = kind === 'deleted' && version !== undefined && detail['deletion-type'] === 'Permanently Deleted'
  const byLifecycle = oldVersion && detail.reason === 'Lifecycle Expiration' && ({ byLifecycle: true } as const)
  const event = { kind, bucket: detail.bucket.name, key, size, etag, sequencer: ordered(sequencer), time: utc(time), oldVersion }
  return { events: [{ ...event, ...byLifecycle }] }
}

function fromDirect({ eventName, eventTime, s3 }: z.output<typeof directSchema>['Records'][number]): ObjectEvent[] {
  const kind = /^(s3:)?ObjectCreated:/.test(eventName) ? 'created' : /^(s3:)?ObjectRemoved:/.test(eventName) ? 'deleted' : undefined
  if (kind === undefined) return []
  const { size, eTag, sequencer, versionId } = s3.object
  const oldVersion = kind === 'deleted' && versionId !== undefined && eventName.endsWith(':Delete')
  const key = formDecoded(s3.object.key)
  return [{ kind, bucket: s3.bucket.name, key, size, etag: eTag, sequencer: ordered(sequencer), time: utc(eventTime), oldVersion }]
}

function checked<T>(schema: z.ZodType<T>, message: unknown): T {
  const parsed = schema.safeParse(message)
  if (parsed.success) return parsed.data
  const where = parsed.error.issues.map((issue) => issue.path.join('.'))
  throw new InvalidInputError(`the message's ${[...new Set(where)].join(', ')} is missing or wrong`)
}

function ordered(sequencer: string): string {
  const canonical = canonicalSequencer(sequencer)
  if (canonical === undefined) throw new InvalidInputError("the object's sequencer is not hexadecimal")
  return canonical
}

function formDecoded(key: string): string {
  try {
    return decodeURIComponent(key.replaceAll('+', ' '))
  } catch {
    throw new InvalidInputError("the object's key is not form-encoded")
  }
}

// Times are compared as text later on.
const utc = (time: string) => new Date(time).toISOString()
