import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { parquetMetadataAsync, parquetReadObjects } from 'hyparquet'
import type { StagedColumns } from '../../ports/staged-columns.ts'

const REQUEST_SECONDS = 30
/** Most footers are smaller; a larger one takes a second request. */
const FOOTER_BYTES = 32 * 1024

/** Reads a file's footer, and of its content only the pages of the columns that are asked for. */
export function s3StagedColumns(bucket: string, client = new S3Client({})): StagedColumns {
  return {
    async read({ key, bytes: byteLength, values }, columns, mostRows) {
      let bytes = 0
      const file = {
        byteLength,
        async slice(start: number, end = byteLength): Promise<ArrayBuffer> {
          const from = start < 0 ? byteLength + start : start
          bytes += end - from
          const range = { Bucket: bucket, Key: key, Range: `bytes=${from}-${end - 1}` }
          const { Body } = await client.send(new GetObjectCommand(range), { abortSignal: AbortSignal.timeout(REQUEST_SECONDS * 1000) })
          const content = await Body?.transformToByteArray()
          if (!content) throw new Error(`${key} has no content`)
          return content.buffer.slice(content.byteOffset, content.byteOffset + content.byteLength) as ArrayBuffer
        },
      }
      const metadata = await parquetMetadataAsync(file, { initialFetchSize: FOOTER_BYTES })
      const stored = columns.filter((column) => !(column in values))
      const has = new Set(metadata.schema.map(({ name }) => name))
      for (const column of stored) if (!has.has(column)) throw new Error(`${key} has no column ${column}`)
      const rowEnd = Math.min(Number(metadata.num_rows), mostRows)
      const rows = stored.length === 0 ? Array(rowEnd).fill({}) : await parquetReadObjects({ file, metadata, columns: stored, rowEnd })
      return { rows: rows.map((row) => columns.map((column) => (column in values ? valueOf(values[column]) : row[column]))), bytes }
    },
  }
}

/** Hive's folder of rows without a value. */
const valueOf = (value: string | undefined) => (value === '__HIVE_DEFAULT_PARTITION__' ? null : value)
