import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { link, mkdir, rename, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3'
import pMap from 'p-map'
import { quarantinePrefix } from '../../functions/domain/names.ts'
import type { Deployment } from '../deployment/connect.ts'
import { copiesFolder, withCopies } from './copies.ts'

const AT_ONCE = 8

export interface QuarantinedFile {
  /** Below `quarantine/<dataset>/`. */
  key: string
  whole: string
  size: number
  etag: string
}

/** Of a file's partition, as people write them: `day=2025-01-01`. */
export const foldersOf = (key: string) =>
  key
    .split('/')
    .slice(0, -1)
    .map((part) => decodeURIComponent(part))

/** The quarantine of a dataset. */
export async function quarantineFiles(dataset: string, { lake }: Pick<Deployment, 'lake'>): Promise<QuarantinedFile[]> {
  const files: QuarantinedFile[] = []
  const prefix = quarantinePrefix(dataset)
  for await (const page of lake.list(prefix)) {
    for (const { key, size, etag = '' } of page)
      if (key.endsWith('.parquet')) files.push({ key: key.slice(prefix.length), whole: key, size, etag })
  }
  return files
}

/** Brings files onto this machine, in their partition folders; one that this process has fetched before is not fetched again. */
export async function fetchFiles(files: QuarantinedFile[], folder: string, { lakeBucket }: Pick<Deployment, 'lakeBucket'>): Promise<void> {
  const client = new S3Client({})
  const fetched = await copiesFolder()
  await pMap(
    files,
    async ({ key, whole, etag }) => {
      const kept = join(fetched, createHash('sha256').update(`${lakeBucket}|${whole}|${etag}`).digest('hex'))
      if (!existsSync(kept)) {
        const { Body } = await client.send(new GetObjectCommand({ Bucket: lakeBucket, Key: whole }))
        await writeFile(`${kept}.part`, (await Body?.transformToByteArray()) ?? new Uint8Array(), { mode: 0o600 })
        await rename(`${kept}.part`, kept)
      }
      const target = join(folder, key)
      await mkdir(dirname(target), { recursive: true })
      await link(kept, target)
    },
    { concurrency: AT_ONCE },
  )
}

/**
 * Lends the dataset's quarantined rows, for what has to see each of them.
 * @param partitions such as `day=2025-01-01/hour=7`: only their rows; all without one
 */
export async function withQuarantine<T>(
  dataset: string,
  deployment: Deployment,
  work: (folder: string, files: number) => Promise<T>,
  partitions?: string[],
): Promise<T> {
  const all = await quarantineFiles(dataset, deployment)
  const files = partitions ? all.filter(({ key }) => partitions.some((partition) => isIn(partition, key))) : all
  return withCopies(async (folder) => {
    await fetchFiles(files, folder, deployment)
    return work(folder, files.length)
  })
}

function isIn(partition: string, key: string): boolean {
  const folders = foldersOf(key)
  return partition.split('/').every((part) => folders.includes(part))
}
