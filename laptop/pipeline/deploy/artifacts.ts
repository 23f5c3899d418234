import { readdir, readFile } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import { PutObjectCommand } from '@aws-sdk/client-s3'
import type { Clients } from '../../aws/clients.ts'

/** Uploads each file of the folder below the prefix, as `serverless deploy` does. */
export async function uploadArtifacts({ s3 }: Clients, Bucket: string, prefix: string, folder: string) {
  const files = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile())
  await Promise.all(
    files.map(async (file) => {
      const path = join(file.parentPath, file.name)
      const Key = prefix + relative(folder, path).split(sep).join('/')
      await s3.send(new PutObjectCommand({ Bucket, Key, Body: await readFile(path) }))
    }),
  )
}
