import { randomBytes } from 'node:crypto'
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import pMap from 'p-map'
import { compactTime, DISCARD_OWNER, discardPrefix, quarantinePrefix } from '../../functions/domain/names.ts'
import type { Deployment } from '../deployment/connect.ts'
import { UsageError } from '../usage-error.ts'
import { withCopies } from './copies.ts'
import { fetchFiles, type QuarantinedFile, quarantineFiles } from './fetch.ts'
import { quarantineScript } from './python-script.ts'
import { quarantinedBatches } from './quarantined-batches.ts'

/** Which rows: those that each given field selects. */
export interface Selection {
  rule?: string
  /** A source file: its address, or the end of it. */
  file?: string
  batch?: string
  /** Folders such as `day=2025-01-01`. */
  partition?: string[]
}

/** What is left of a discard, in `discards/<dataset>/` of the lake bucket. */
export interface DiscardRecord {
  dataset: string
  at: string
  by: string
  reason: string
  selection: Selection
  rows: number
  reasons: Record<string, number>
  /** Quarantine files that held the rows, below `quarantine/<dataset>/`. */
  files: { key: string; discarded: number; left: number }[]
}

type Found = Pick<DiscardRecord, 'rows' | 'reasons' | 'files'>

const LEASE_SECONDS = 900
const UPLOADS_AT_ONCE = 8

/** Counts the selected rows, and hands over what would remain of their files; changes nothing. */
export async function withSelected<T>(
  dataset: string,
  { rule = '', file = '', batch, partition }: Selection,
  deployment: Deployment,
  work: (found: Found, rest: string, files: QuarantinedFile[]) => Promise<T>,
): Promise<T> {
  const wanted = { ...(batch && { batchId: batch }), ...(partition && { partition }) }
  const files = (await quarantinedBatches(dataset, deployment, wanted)).flatMap((each) => each.files)
  return withCopies(async (folder) => {
    const [fetched, rest] = [join(folder, 'fetched'), join(folder, 'rest')]
    await mkdir(fetched)
    await fetchFiles(files, fetched, deployment)
    const found = await quarantineScript<Found>('discard.py', fetched, rest, rule, file)
    return work(found, rest, files)
  })
}

/**
 * Takes the rows out of quarantine, under the dataset's lease: no batch reads or writes these files meanwhile. The record comes first. If the
 * discard is cut off, its record exists, and a second one takes what is left.
 * @throws UsageError while a batch of the dataset runs, or when the files have changed since they were counted
 */
export async function discard(
  record: Omit<DiscardRecord, keyof Found | 'at'>,
  found: Found,
  { rest, files }: { rest: string; files: QuarantinedFile[] },
  deployment: Deployment,
): Promise<DiscardRecord> {
  const { dataset } = record
  const { leases, lake, clock } = deployment
  const at = clock.now().toISOString()
  const whole = { ...record, at, ...found }
  const lease = await leases.acquire(dataset, DISCARD_OWNER, LEASE_SECONDS)
  if (!lease.acquired) throw new UsageError(`a batch of ${dataset} runs (${lease.owner}); discard its rows when the batch has ended`)
  try {
    const now = new Map((await quarantineFiles(dataset, deployment)).map(({ key, etag }) => [key, etag]))
    const counted = new Map(files.map(({ key, etag }) => [key, etag]))
    const changed = found.files.find(({ key }) => now.get(key) !== counted.get(key))
    if (changed) throw new UsageError(`${changed.key} has changed since its rows were counted; run the command again`)
    const name = `${compactTime(at)}-${randomBytes(4).toString('hex')}.json`
    await lake.putText(`${discardPrefix(dataset)}${name}`, JSON.stringify(whole, undefined, 1), { ifAbsent: true })
    await replace(dataset, found.files, rest, deployment)
  } finally {
    await leases.release(dataset, DISCARD_OWNER)
  }
  return whole
}

async function replace(dataset: string, files: Found['files'], rest: string, { lake, lakeBucket }: Deployment): Promise<void> {
  const client = new S3Client({})
  const prefix = quarantinePrefix(dataset)
  await pMap(
    files.filter(({ left }) => left > 0),
    async ({ key }) => {
      const put = { Bucket: lakeBucket, Key: `${prefix}${key}` }
      await client.send(new PutObjectCommand({ ...put, Body: await readFile(join(rest, key)) }))
    },
    { concurrency: UPLOADS_AT_ONCE },
  )
  await lake.remove(files.flatMap(({ key, left }) => (left === 0 ? [`${prefix}${key}`] : [])))
}

/** Newest first. */
export async function discardsOf(dataset: string, { lake }: Pick<Deployment, 'lake'>): Promise<DiscardRecord[]> {
  const keys: string[] = []
  for await (const page of lake.list(discardPrefix(dataset))) keys.push(...page.map(({ key }) => key))
  const texts = await pMap(keys.reverse(), (key) => lake.getText(key), { concurrency: UPLOADS_AT_ONCE })
  return texts.flatMap((text) => (text === undefined ? [] : [JSON.parse(text) as DiscardRecord]))
}
