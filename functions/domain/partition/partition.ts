/** Long enough for any date, code or slug; short enough that one partition always fits a predicate. */
export const PARTITION_VALUE_LIMIT = 200

export type PartitionProblem = 'unexpected-folders' | 'bad-partition-value'

/**
 * The Hive values of a path below `raw/<dataset>/`: exactly the contract's partition keys, in order, then a file name.
 * The result is safe in a predicate and in a path.
 */
export function partitionOf(path: string, partitionKeys: readonly string[]): Record<string, string> | PartitionProblem {
  const folders = path.split('/').slice(0, -1)
  if (folders.length !== partitionKeys.length) return 'unexpected-folders'
  const partition: Record<string, string> = {}
  for (const [index, key] of partitionKeys.entries()) {
    const folder = folders[index] ?? ''
    if (!folder.startsWith(`${key}=`)) return 'unexpected-folders'
    const value = hiveDecoded(folder.slice(key.length + 1))
    if (value === undefined || !isSafePartitionValue(value)) return 'bad-partition-value'
    partition[key] = value
  }
  return partition
}

// No control characters (C0, C1, line and paragraph separators), no quotes of any kind, no slashes.
const UNSAFE = /[\p{Cc}\u2028\u2029'"`/\\]/u

export function isSafePartitionValue(value: string): boolean {
  return value.length > 0 && value.length <= PARTITION_VALUE_LIMIT && !UNSAFE.test(value) && !value.includes('..')
}

/** Hive writes what a path cannot hold as %XX; any other % is a plain %. */
export function hiveDecoded(text: string): string | undefined {
  try {
    return text.replaceAll(/(?:%[0-9A-Fa-f]{2})+/g, (run) => decodeURIComponent(run))
  } catch {
    return undefined
  }
}

/** One text a partition, for sets and maps: values hold no slash. */
export const partitionPath = (partition: Record<string, string>, partitionKeys: readonly string[]) =>
  partitionKeys.map((key) => `${key}=${partition[key] ?? ''}`).join('/')

/** The value after each `=` of a Hive path, as it is written there. */
export const folderValues = (path: string): Record<string, string> =>
  Object.fromEntries(
    path.split('/').map((folder) => {
      const equals = folder.indexOf('=')
      return [folder.slice(0, equals), folder.slice(equals + 1)]
    }),
  )
