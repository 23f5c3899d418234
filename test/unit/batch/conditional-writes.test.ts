import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { mockClient } from 'aws-sdk-client-mock'
import { beforeEach, describe, expect, it } from 'vitest'
import { s3ObjectStore } from '../../../functions/adapters/s3/object-store.ts'

const client = new S3Client({ region: 'us-east-1' })
const s3 = mockClient(client)
beforeEach(() => s3.reset())
const store = s3ObjectStore('lake', client)
const refusal = (name: string) => Object.assign(new Error(name), { name })
const write = (ifAbsent = true) => store.putText('k', 'x', { ifAbsent })

describe('a write that must be the first', () => {
  it('meets another write (409) and tries again: the other write stays', async () => {
    s3.on(PutObjectCommand).rejectsOnce(refusal('ConditionalRequestConflict')).rejects(refusal('PreconditionFailed'))
    expect(await write()).toBe(false)
  })

  it('meets another one that came to nothing, and is the first', async () => {
    s3.on(PutObjectCommand).rejectsOnce(refusal('ConditionalRequestConflict')).resolves({})
    expect(await write()).toBe(true)
    expect(s3.commandCalls(PutObjectCommand)[1]?.args[0].input).toMatchObject({ IfNoneMatch: '*' })
  })

  it('has lost to one that keeps on', async () => {
    s3.on(PutObjectCommand).rejects(refusal('ConditionalRequestConflict'))
    expect(await write()).toBe(false)
  })

  it('fails for any other reason, and so does a write that need not be the first', async () => {
    s3.on(PutObjectCommand).rejects(refusal('SlowDown'))
    await expect(write()).rejects.toThrow('SlowDown')
    s3.on(PutObjectCommand).rejects(refusal('ConditionalRequestConflict'))
    await expect(write(false)).rejects.toThrow('ConditionalRequestConflict')
  })
})
