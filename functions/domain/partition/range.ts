import { InvalidInputError } from '../errors.ts'

export interface RangeSelection {
  selected: Record<string, string>[]
  /** Limits of the whole partitions that were taken, where a limit is inside one. */
  widened: { from?: string; to?: string } | null
}

/**
 * The partitions between two dates, both included. Dates are read off the partition keys whose every value begins with a digit:
 * one key (`month=2025-01`) or several (`year=2025/month=1/day=31`). A limit finer than a partition takes the whole partition:
 * from 2025-01-15 over months begins with 2025-01. Throws InvalidInputError where the values are no dates, or the dates the wrong way round.
 */
export function selectRange(partitions: Record<string, string>[], keys: string[], from?: string, to?: string): RangeSelection {
  if (from !== undefined && to !== undefined && compare(from.split('-'), to.split('-')) > 0) {
    throw new InvalidInputError(`to: ${to} is before from, which is ${from}`)
  }
  const dateKeys = keys.filter((key) => partitions.every((partition) => /^\d/.test(partition[key] ?? '')))
  if (partitions.length > 0 && dateKeys.length === 0) {
    throw new InvalidInputError(
      `${from === undefined ? 'to' : 'from'}: the values of ${keys.join(', ') || 'no partition key'} are no dates; name the partitions`,
    )
  }
  const segments = (partition: Record<string, string>) => dateKeys.flatMap((key) => (partition[key] ?? '').split('-'))
  const selected = partitions.filter((partition) => {
    const at = segments(partition)
    return (from === undefined || compare(at, from.split('-')) >= 0) && (to === undefined || compare(at, to.split('-')) <= 0)
  })
  const depth = Math.min(...selected.map((partition) => segments(partition).length))
  const widen = (limit: string | undefined) => {
    const parts = limit?.split('-') ?? []
    return Number.isFinite(depth) && parts.length > depth ? parts.slice(0, depth).join('-') : undefined
  }
  const [first, last] = [widen(from), widen(to)]
  return {
    selected,
    widened: first === undefined && last === undefined ? null : { ...(first && { from: first }), ...(last && { to: last }) },
  }
}

/** Over the segments that both have: a limit within a partition, or a partition within a limit, is equal. */
function compare(left: string[], right: string[]): number {
  for (let index = 0; index < Math.min(left.length, right.length); index += 1) {
    const [some, other] = [left[index] ?? '', right[index] ?? '']
    const bothNumbers = /^\d+$/.test(some) && /^\d+$/.test(other)
    const order = bothNumbers ? Number(some) - Number(other) : some < other ? -1 : some > other ? 1 : 0
    if (order !== 0) return order
  }
  return 0
}
