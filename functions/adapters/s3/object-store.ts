import {
  CopyObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import type { ObjectStore } from '../../ports/object-store.ts'
import { putIfAbsent } from './conditional-put.ts'

/** DeleteObjects takes 1,000 keys a call. */
const DELETE_LIMIT = 1000

/** A request may take no longer, with all its attempts; a copy has up to 5 GB to move. */
const REQUEST_SECONDS = 60
const COPY_SECONDS = 120

export function s3ObjectStore(
  bucket: string,
  client = new S3Client({}),
  bounds = { request: REQUEST_SECONDS, copy: COPY_SECONDS },
): ObjectStore {
  const within = (seconds: number) => ({ abortSignal: AbortSignal.timeout(seconds * 1000) })
  return {
    async getText(key) {
      try {
        const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }), within(bounds.request))
        return (await Body?.transformToString()) ?? ''
      } catch (error) {
        if ((error as Error).name === 'NoSuchKey' || (error as Error).name === 'NotFound') return undefined
        throw error
      }
    },

    async putText(key, text, { ifAbsent = false, contentType = 'application/json' } = {}) {
      const put = { Bucket: bucket, Key: key, Body: text, ContentType: contentType }
      if (ifAbsent) return putIfAbsent(client, put, () => within(bounds.request))
      await client.send(new PutObjectCommand(put), within(bounds.request))
      return true
    },

    async *list(prefix, { startAfter } = {}) {
      let token: string | undefined
      do {
        const page = await client.send(
          new ListObjectsV2Command({
            Bucket: bucket,
            Prefix: prefix,
            ...(token ? { ContinuationToken: token } : { StartAfter: startAfter }),
          }),
          within(bounds.request),
        )
        yield (page.Contents ?? []).map((object) => ({
          key: object.Key ?? '',
          size: object.Size ?? 0,
          lastModified: object.LastModified ?? new Date(0),
          ...(object.ETag !== undefined && { etag: unquoted(object.ETag) }),
        }))
        token = page.NextContinuationToken
      } while (token !== undefined)
    },

    async copy(from, to) {
      const CopySource = `${bucket}/${encodeURIComponent(from)}`
      await client.send(new CopyObjectCommand({ Bucket: bucket, Key: to, CopySource }), within(bounds.copy))
    },

    async remove(keys) {
      for (let start = 0; start < keys.length; start += DELETE_LIMIT) {
        const Objects = keys.slice(start, start + DELETE_LIMIT).map((Key) => ({ Key }))
        const { Errors } = await client.send(
          new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects, Quiet: true } }),
          within(bounds.request),
        )
        const first = Errors?.[0]
        // The call succeeds even when single keys did not.
        if (first)
          throw Object.assign(new Error(`${Errors.length} objects were not removed, first ${first.Key}: ${first.Message}`), {
            name: first.Code,
          })
      }
    },
  }
}

// Listings and S3 events spell an ETag with and without its quotes.
export const unquoted = (etag: string) => etag.replaceAll('"', '')
