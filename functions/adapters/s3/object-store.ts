import {
  CopyObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import type { ObjectStore } from '../../ports.ts'

/** DeleteObjects takes 1,000 keys a call. */
const DELETE_LIMIT = 1000

export function s3ObjectStore(bucket: string, client = new S3Client({})): ObjectStore {
  return {
    async getText(key) {
      try {
        const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }))
        return (await Body?.transformToString()) ?? ''
      } catch (error) {
        if ((error as Error).name === 'NoSuchKey' || (error as Error).name === 'NotFound') return undefined
        throw error
      }
    },

    async putText(key, text, { ifAbsent = false, contentType = 'application/json' } = {}) {
      try {
        await client.send(
          new PutObjectCommand({ Bucket: bucket, Key: key, Body: text, ContentType: contentType, ...(ifAbsent && { IfNoneMatch: '*' }) }),
        )
        return true
      } catch (error) {
        if (ifAbsent && (error as Error).name === 'PreconditionFailed') return false
        throw error
      }
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
      await client.send(new CopyObjectCommand({ Bucket: bucket, Key: to, CopySource: `${bucket}/${encodeURIComponent(from)}` }))
    },

    async remove(keys) {
      for (let start = 0; start < keys.length; start += DELETE_LIMIT) {
        const Objects = keys.slice(start, start + DELETE_LIMIT).map((Key) => ({ Key }))
        const { Errors } = await client.send(new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects, Quiet: true } }))
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
