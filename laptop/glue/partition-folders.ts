import { paginateListObjectsV2, type S3Client } from '@aws-sdk/client-s3'
import { hiveDecoded } from '../../functions/domain/partition/partition.ts'

export interface PartitionFolder {
  values: string[]
  location: string
}

/**
 * The Hive-style folders (`k=v/k2=v2/`) below a table's location that hold at least one file, as a crawler finds them.
 * Folders whose names do not fit the table's keys are not partitions; `_…` and `.…` are not data.
 */
export async function partitionFolders(s3: S3Client, tableLocation: string, keys: string[]): Promise<PartitionFolder[]> {
  const { bucket, prefix } = parseLocation(tableLocation)
  const found = new Map<string, PartitionFolder>()
  for await (const page of paginateListObjectsV2({ client: s3 }, { Bucket: bucket, Prefix: prefix })) {
    for (const { Key = '' } of page.Contents ?? []) {
      const values = partitionValues(Key.slice(prefix.length), keys)
      if (!values) continue
      const folder = Key.slice(prefix.length).split('/').slice(0, keys.length).join('/')
      found.set(folder, { values, location: `s3://${bucket}/${prefix}${folder}/` })
    }
  }
  return [...found.values()]
}

/** Values of the keys in `k=v/k2=v2/file`, Hive's escapes undone (`a%3Db` is a=b); undefined when the path is not that of a data file in such folders. */
export function partitionValues(path: string, keys: string[]): string[] | undefined {
  const segments = path.split('/')
  const folders = segments.slice(0, keys.length)
  const below = segments.slice(keys.length)
  if (below.length === 0 || below.at(-1) === '' || below.some((segment) => /^[_.]/.test(segment))) return undefined
  const values = folders.map((folder, index) =>
    folder.startsWith(`${keys[index]}=`) ? hiveDecoded(folder.slice(folder.indexOf('=') + 1)) : undefined,
  )
  return values.every((value) => value !== undefined && value !== '') ? (values as string[]) : undefined
}

function parseLocation(location: string) {
  const [, bucket = '', path = ''] = /^s3:\/\/([^/]+)\/?(.*)$/.exec(location) ?? []
  return { bucket, prefix: path === '' || path.endsWith('/') ? path : `${path}/` }
}
