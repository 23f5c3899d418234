import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { type KinesisClient, PutRecordsCommand } from '@aws-sdk/client-kinesis'
import { filesBelow, openRegular } from '../state/folder-files.ts'

/** What PutRecords takes at once. */
const MOST_RECORDS = 500
const MOST_BYTES = 4 * 1024 * 1024

/** Files directly in the folder of a dataset with a stream are not landed as they are: each of their lines is put into the stream. */
export const isStreamFile = (path: string) => !path.includes('/') && !path.startsWith('.')

export type PutFiles = Record<string, { size: number; md5: string }>

/** Puts each line of the folder's own files into the stream, in their order; the files. Those in partition folders are none of them. */
export async function putLines(kinesis: KinesisClient, folder: string, StreamName: string): Promise<PutFiles> {
  const files = (await filesBelow(folder)).files.filter(({ path }) => isStreamFile(path))
  const put: PutFiles = {}
  for (const { path } of files) {
    const { handle } = await openRegular(join(folder, path))
    try {
      // As bytes: a line may be no UTF-8, and that is for the lander to find.
      const content = await handle.readFile()
      const lines = content
        .toString('latin1')
        .split('\n')
        .filter((line) => line.trim() !== '')
      for (const Records of parts(lines.map((line) => ({ Data: Buffer.from(line, 'latin1'), PartitionKey: path }))))
        await kinesis.send(new PutRecordsCommand({ StreamName, Records }))
      put[path] = { size: content.length, md5: createHash('md5').update(content).digest('hex') }
    } finally {
      await handle.close()
    }
  }
  return put
}

function* parts<R extends { Data: Uint8Array }>(records: R[]): Generator<R[]> {
  let part: R[] = []
  let bytes = 0
  for (const record of records) {
    if (part.length === MOST_RECORDS || (part.length > 0 && bytes + record.Data.length > MOST_BYTES)) {
      yield part
      part = []
      bytes = 0
    }
    part.push(record)
    bytes += record.Data.length
  }
  if (part.length > 0) yield part
}
