import { gunzipSync } from 'node:zlib'
import type { Table } from '@aws-sdk/client-glue'
import { GetObjectCommand, ListObjectsV2Command } from '@aws-sdk/client-s3'
import type { Clients } from '../aws/clients.ts'
import type { PartitionFolder } from './partition-folders.ts'

/** What the built-in CSV classifier takes for a delimiter: https://docs.aws.amazon.com/glue/latest/dg/add-classifier.html */
const DELIMITERS = [',', '|', '\t', ';', '\u0001']
/** A crawler reads the beginning of a file. */
const SAMPLE_BYTES = 65_536
/** Files of a folder that are looked at for mixed compression. */
const FILES = 20

/**
 * Whether a crawl leaves the folder out, although it succeeds: AWS's classifier of CSV wants two columns and two rows of data, one of its
 * delimiters, and one compression in a folder. The laptop is as strict, with or without a classifier of the contract's own, so that
 * nothing depends on what a crawl finds.
 */
export async function leavesOut({ s3 }: Pick<Clients, 's3'>, table: Table, { location }: PartitionFolder): Promise<boolean> {
  if (table.Parameters?.classification !== 'csv') return false
  const [, Bucket = '', Prefix = ''] = /^s3:\/\/([^/]+)\/(.*)$/.exec(location) ?? []
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket, Prefix, MaxKeys: FILES }))
  const keys = Contents.flatMap(({ Key = '', Size = 0 }) => (Size > 0 && !/\/[._][^/]*$/.test(Key) ? [Key] : []))
  const [first] = keys
  if (first === undefined) return false
  if (new Set(keys.map(compressionOf)).size > 1) return true
  const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key: first, Range: `bytes=0-${SAMPLE_BYTES - 1}` }))
  const text = decompressed(await Body?.transformToByteArray(), compressionOf(first))
  return text !== undefined && !looksLikeCsv(text)
}

/** Two columns by one of the delimiters, and two rows of data beside what may be a header. */
export function looksLikeCsv(text: string): boolean {
  const rows = text.split(/\r\n|\r|\n/).filter((line) => line !== '')
  return rows.length >= 3 && DELIMITERS.some((delimiter) => rows.slice(0, 3).every((row) => row.includes(delimiter)))
}

const compressionOf = (key: string) => /\.(gz|bz2|zst|snappy|lz4|deflate)$/.exec(key)?.[1] ?? ''

/** Undefined where the beginning alone cannot be read: AWS may do better there. */
function decompressed(bytes: Uint8Array | undefined, compression: string): string | undefined {
  if (bytes === undefined || !['', 'gz'].includes(compression)) return undefined
  try {
    return new TextDecoder().decode(compression === 'gz' ? gunzipSync(bytes) : bytes)
  } catch {
    return undefined
  }
}
