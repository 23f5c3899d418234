import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, readdir, stat } from 'node:fs/promises'
import { dirname, join, relative, resolve, sep } from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { GetObjectCommand, PutObjectCommand, paginateListObjectsV2, type S3Client } from '@aws-sdk/client-s3'
import pMap from 'p-map'

const AT_ONCE = 8

/** Puts every file below the folder at `<prefix><its path>`, in the order of the paths. Returns how many. */
export async function uploadFolder(s3: S3Client, folder: string, Bucket: string, prefix: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => !entry.isDirectory()).map((entry) => join(entry.parentPath, entry.name))
  await pMap(
    files.sort(),
    async (file) => {
      const { size } = await stat(file)
      const Key = prefix + relative(folder, file).split(sep).join('/')
      await s3.send(new PutObjectCommand({ Bucket, Key, Body: createReadStream(file), ContentLength: size }))
    },
    { concurrency: AT_ONCE },
  )
  return files.length
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

/** Writes every object below the prefix into the folder, under its whole key. Returns how many. */
export async function downloadPrefix(s3: S3Client, Bucket: string, Prefix: string, folder: string): Promise<number> {
  const keys: string[] = []
  for await (const page of paginateListObjectsV2({ client: s3 }, { Bucket, Prefix })) {
    for (const { Key = '' } of page.Contents ?? []) if (!Key.endsWith('/')) keys.push(Key)
  }
  await pMap(
    keys,
    async (Key) => {
      const target = resolve(folder, Key)
      // Keys hold values of somebody's data.
      if (!target.startsWith(resolve(folder) + sep)) throw new Error(`Object ${Key} would be written outside ${folder}`)
      await mkdir(dirname(target), { recursive: true })
      const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }))
      await pipeline(Body as Readable, createWriteStream(target))
    },
    { concurrency: AT_ONCE },
  )
  return keys.length
}
