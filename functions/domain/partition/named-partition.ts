import { InvalidInputError } from '../errors.ts'
import { isSafePartitionValue, PARTITION_VALUE_LIMIT } from './partition.ts'

/**
 * One partition as a person wrote it, `{ "month": "2025-01" }` or `"month=2025-01/day=03"`, as values by key. It may name only
 * the first keys, and then means every partition below them.
 * @throws InvalidInputError naming `field` and the key
 */
export function readPartition(written: string | Record<string, string | number>, keys: string[], field: string): Record<string, string> {
  const pairs = typeof written === 'string' ? readPath(written, field) : Object.entries(written)
  if (pairs.length === 0) throw new InvalidInputError(`${field}: names no partition key`)
  const partition: Record<string, string> = {}
  for (const [name, value] of pairs) {
    const text = String(value)
    if (!keys.includes(name)) {
      throw new InvalidInputError(`${field}: "${name.slice(0, 64)}" is not a partition key of this dataset (${keys.join(', ')})`)
    }
    if (partition[name] !== undefined) throw new InvalidInputError(`${field}: names ${name} twice`)
    if (!isSafePartitionValue(text)) {
      throw new InvalidInputError(
        `${field}.${name}: is not a safe partition value (1 to ${PARTITION_VALUE_LIMIT} characters, no quotes, slashes or control characters)`,
      )
    }
    partition[name] = text
  }
  return partition
}

function readPath(path: string, field: string): [string, string][] {
  return path
    .replace(/\/$/, '')
    .split('/')
    .map((part) => {
      const equals = part.indexOf('=')
      if (equals < 1) throw new InvalidInputError(`${field}: must be written as key=value, separated by slashes`)
      return [part.slice(0, equals), part.slice(equals + 1)]
    })
}
