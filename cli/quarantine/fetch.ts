import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { copyFile, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3'
import pMap from 'p-map'
import { quarantinePrefix } from '../../functions/domain/names.ts'
import { stateFolder } from '../../setup/places.mjs'
import type { Deployment } from '../deployment/connect.ts'

const AT_ONCE = 8

export interface StandingFile {
  /** Below `quarantine/<dataset>/`. */
  key: string
  whole: string
  size: number
  etag: string
}

/** What stands in quarantine of a dataset. */
export async function quarantineFiles(dataset: string, { lake }: Pick<Deployment, 'lake'>): Promise<StandingFile[]> {
  const files: StandingFile[] = []
  const prefix = quarantinePrefix(dataset)
  for await (const page of lake.list(prefix)) {
    for (const { key, size, etag = '' } of page)
      if (key.endsWith('.parquet')) files.push({ key: key.slice(prefix.length), whole: key, size, etag })
  }
  return files
}

/** Lends a folder that goes when the work is done, however it ends. */
export async function withFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-quarantine-'))
  try {
    return await work(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Brings files onto this machine, in their partition folders; one that was fetched before is not fetched again. */
export async function fetchFiles(files: StandingFile[], folder: string, { lakeBucket }: Pick<Deployment, 'lakeBucket'>): Promise<void> {
  const client = new S3Client({})
  const cache = join(stateFolder, 'quarantine-files')
  await mkdir(cache, { recursive: true })
  await pMap(
    files,
    async ({ key, whole, etag }) => {
      const kept = join(cache, createHash('sha256').update(`${lakeBucket}|${whole}|${etag}`).digest('hex'))
      if (!existsSync(kept)) {
        const { Body } = await client.send(new GetObjectCommand({ Bucket: lakeBucket, Key: whole }))
        await writeFile(`${kept}.${process.pid}`, (await Body?.transformToByteArray()) ?? new Uint8Array())
        await rename(`${kept}.${process.pid}`, kept)
      }
      const target = join(folder, key)
      await mkdir(dirname(target), { recursive: true })
      await copyFile(kept, target)
    },
    { concurrency: AT_ONCE },
  )
}

/** All of the dataset's quarantined rows, for what has to see each of them. */
export async function fetchQuarantine(dataset: string, deployment: Deployment): Promise<{ folder: string; files: number }> {
  const files = await quarantineFiles(dataset, deployment)
  const folder = await mkdtemp(join(tmpdir(), 'sluice-quarantine-'))
  await fetchFiles(files, folder, deployment)
  return { folder, files: files.length }
}
