import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { copyFile, mkdir, mkdtemp, rename, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3'
import pMap from 'p-map'
import { quarantinePrefix } from '../../functions/domain/names.ts'
import { stateFolder } from '../../local/setup/places.mjs'
import type { Deployment } from '../deployment/connect.ts'

const AT_ONCE = 8

/** What stands in quarantine of a dataset, as keys below `quarantine/<dataset>/`. */
export async function quarantineFiles(dataset: string, { lake }: Deployment): Promise<{ key: string; size: number; etag: string }[]> {
  const files: { key: string; size: number; etag: string }[] = []
  const prefix = quarantinePrefix(dataset)
  for await (const page of lake.list(prefix)) {
    for (const { key, size, etag = '' } of page) if (key.endsWith('.parquet')) files.push({ key: key.slice(prefix.length), size, etag })
  }
  return files
}

/** Brings the dataset's quarantined rows onto this machine; a file that was fetched before is not fetched again. */
export async function fetchQuarantine(dataset: string, deployment: Deployment): Promise<{ folder: string; files: number }> {
  const files = await quarantineFiles(dataset, deployment)
  const client = new S3Client({})
  const cache = join(stateFolder, 'quarantine-files')
  const folder = await mkdtemp(join(tmpdir(), 'sluice-quarantine-'))
  await mkdir(cache, { recursive: true })
  await pMap(
    files,
    async ({ key, etag }) => {
      const whole = quarantinePrefix(dataset) + key
      const kept = join(cache, createHash('sha256').update(`${deployment.lakeBucket}|${whole}|${etag}`).digest('hex'))
      if (!existsSync(kept)) {
        const { Body } = await client.send(new GetObjectCommand({ Bucket: deployment.lakeBucket, Key: whole }))
        await writeFile(`${kept}.${process.pid}`, (await Body?.transformToByteArray()) ?? new Uint8Array())
        await rename(`${kept}.${process.pid}`, kept)
      }
      const target = join(folder, key)
      await mkdir(dirname(target), { recursive: true })
      await copyFile(kept, target)
    },
    { concurrency: AT_ONCE },
  )
  return { folder, files: files.length }
}
