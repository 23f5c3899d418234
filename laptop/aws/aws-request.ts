import type { IncomingMessage } from 'node:http'
import { AwsError } from './aws-error.ts'

/** What the gateway knows of a request before its body is read. */
export interface AwsRequest {
  /** SigV4 signing name: `s3`, `sqs`, `glue`, `states`, `lambda`… Empty for an unsigned request. */
  service: string
  /** Says who calls: every function, job and machine has an access key of its own. */
  accessKeyId: string
  /** Operation of the JSON protocols, from X-Amz-Target; else undefined. */
  operation: string | undefined
  method: string
  path: string
  message: IncomingMessage
}

const CREDENTIAL = /Credential=([^/,\s]+)\/\d{8}\/[^/]+\/([^/]+)\/aws4_request/

/**
 * Reads service and caller out of the signature's credential scope, in the header or in a presigned address.
 * @throws AwsError when the address cannot be parsed
 */
export function describeRequest(message: IncomingMessage): AwsRequest {
  const url = message.url ?? '/'
  if (!isPath(url)) throw new AwsError('InvalidURI', "Couldn't parse the specified URI.")
  const presigned = url.includes('X-Amz-Credential=') ? new URL(url, 'http://local').searchParams.get('X-Amz-Credential') : undefined
  const header = presigned ? `Credential=${presigned}` : (message.headers.authorization ?? '')
  const [, accessKeyId = '', service = ''] = CREDENTIAL.exec(header) ?? []
  const target = message.headers['x-amz-target']
  return {
    service,
    accessKeyId,
    operation: typeof target === 'string' ? target.slice(target.lastIndexOf('.') + 1) : undefined,
    method: message.method ?? 'GET',
    path: url,
    message,
  }
}

/** Signed clients send printable ASCII, with whole escapes of UTF-8. */
function isPath(url: string): boolean {
  try {
    decodeURIComponent(url)
  } catch {
    return false
  }
  return /^\/[\x21-\x7e]*$/.test(url) && URL.canParse(url, 'http://local')
}

const bodies = new WeakMap<IncomingMessage, Promise<Buffer>>()

/** The whole body; a second call returns the same. */
export function readBody(message: IncomingMessage): Promise<Buffer> {
  const read = bodies.get(message) ?? collect(message)
  bodies.set(message, read)
  return read
}

/** The body if something has read it already: the message has nothing left then. */
export const bodyThatWasRead = (message: IncomingMessage) => bodies.get(message)

async function collect(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of message) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}
