import { gzipSync } from 'node:zlib'
import { S3Client } from '@aws-sdk/client-s3'
import type { RawObjects } from '../../ports/raw-objects.ts'
import { putIfAbsent } from './conditional-put.ts'

/** A request may take no longer, with all its attempts. */
const REQUEST_SECONDS = 60

/** Of gzip: a stream's JSON lines become little smaller with a higher one, and take much longer. */
const LEVEL = 4

export function s3RawObjects(bucket: string, client = new S3Client({})): RawObjects {
  const signal = () => ({ abortSignal: AbortSignal.timeout(REQUEST_SECONDS * 1000) })
  return {
    // Its header has no time: zlib writes zero there.
    create: (Key, text) =>
      putIfAbsent(client, { Bucket: bucket, Key, Body: gzipSync(text, { level: LEVEL }), ContentType: 'application/gzip' }, signal),
  }
}
