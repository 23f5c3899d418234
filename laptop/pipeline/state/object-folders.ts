import { createWriteStream } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { dirname, resolve, sep } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { GetObjectCommand, PutObjectCommand, paginateListObjectsV2, type S3Client } from '@aws-sdk/client-s3'
import pMap from 'p-map'
import { filesBelow, openRegular } from './folder-files.ts'

const AT_ONCE = 8

/** Larger files go as a stream. */
const WHOLE_BYTES = 8 * 1024 * 1024

/** Puts every regular file below the folder at `<prefix><its path>`, in the order of the paths. Returns how many. */
export async function uploadFolder(
  s3: S3Client,
  folder: string,
  Bucket: string,
  prefix: string,
  passOver: (path: string) => boolean = () => false,
): Promise<number> {
  const files = (await filesBelow(folder)).files.filter(({ path }) => !passOver(path))
  await pMap(files, ({ file, path }) => uploadFile(s3, file, { Bucket, Key: prefix + path }), { concurrency: AT_ONCE })
  return files.length
}

async function uploadFile(s3: S3Client, file: string, to: { Bucket: string; Key: string }): Promise<void> {
  const { handle, size } = await openRegular(file)
  try {
    const whole = size <= WHOLE_BYTES ? await handle.readFile() : undefined
    const Body = whole ?? Readable.from(exactly(handle.createReadStream({ autoClose: false, end: size - 1 }), size, file))
    await s3.send(new PutObjectCommand({ ...to, Body, ContentLength: whole?.length ?? size }))
  } finally {
    await handle.close()
  }
}

/** A body that ends before its length would leave the other side waiting. */
async function* exactly(chunks: AsyncIterable<Buffer>, size: number, file: string): AsyncGenerator<Buffer> {
  let bytes = 0
  for await (const chunk of chunks) {
    bytes += chunk.length
    yield chunk
  }
  if (bytes < size) throw new Error(`${file} became shorter while it was read`)
}

/** The objects below the prefix, by the rest of their keys. */
export async function objectsBelow(s3: S3Client, Bucket: string, Prefix: string): Promise<Map<string, { size: number; md5: string }>> {
  const found = new Map<string, { size: number; md5: string }>()
  for await (const page of paginateListObjectsV2({ client: s3 }, { Bucket, Prefix })) {
    for (const { Key = '', Size = 0, ETag = '' } of page.Contents ?? [])
      found.set(Key.slice(Prefix.length), { size: Size, md5: ETag.replaceAll('"', '') })
  }
  return found
}

/** Writes every object below the prefix that `isWanted` into the folder, under its whole key. Returns how many. */
export async function downloadPrefix(
  s3: S3Client,
  Bucket: string,
  Prefix: string,
  folder: string,
  isWanted: (key: string) => boolean = () => true,
): Promise<number> {
  const keys: string[] = []
  for await (const page of paginateListObjectsV2({ client: s3 }, { Bucket, Prefix })) {
    for (const { Key = '' } of page.Contents ?? []) if (!Key.endsWith('/') && isWanted(Key)) keys.push(Key)
  }
  await pMap(
    keys,
    async (Key) => {
      const target = resolve(folder, Key)
      // Keys contain values of your data.
      if (!target.startsWith(resolve(folder) + sep)) throw new Error(`Object ${Key} would be written outside ${folder}`)
      await mkdir(dirname(target), { recursive: true })
      const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }))
      await pipeline(Body as Readable, createWriteStream(target))
    },
    { concurrency: AT_ONCE },
  )
  return keys.length
}
