import { PutObjectCommand, type PutObjectCommandInput, type S3Client } from '@aws-sdk/client-s3'

/** So often a conditional write is tried that meets another one. */
const CONFLICTS = 4

/** Writes the object unless the key has one; false when it has. @param signal of each attempt */
export async function putIfAbsent(
  client: S3Client,
  put: PutObjectCommandInput,
  signal: () => { abortSignal: AbortSignal },
): Promise<boolean> {
  for (let attempt = 1; ; attempt++) {
    try {
      await client.send(new PutObjectCommand({ ...put, IfNoneMatch: '*' }), signal())
      return true
    } catch (error) {
      const { name } = error as Error
      if (name === 'PreconditionFailed') return false
      if (name !== 'ConditionalRequestConflict') throw error
      // Another write of the key was in progress (409). A second request shows whether that one succeeded. If it continues, it is first.
      if (attempt === CONFLICTS) return false
    }
  }
}
