import { landedRange } from '../../functions/domain/stream/raw-object.ts'
import type { ObjectStore } from '../../functions/ports/object-store.ts'

/** Days of arrival in which the last landed object of a shard is looked for; no stream that is read keeps an unread record for longer. */
const DAYS = 7

/**
 * Of each shard the last record that landed, from today backwards until each of them has one.
 * @param folder of the days: `raw/<dataset>/<key>=`
 * @param shards all of the stream; without them all days are looked through
 */
export async function lastLanded(
  folder: string,
  raw: Pick<ObjectStore, 'list'>,
  now: Date,
  shards?: string[],
): Promise<Map<string, string>> {
  const last = new Map<string, string>()
  const isKnown = () => shards?.every((shard) => last.has(shard)) ?? false
  for (let day = 0; day < DAYS && !isKnown(); day++) {
    const date = new Date(now.getTime() - day * 86_400_000).toISOString().slice(0, 10)
    for await (const page of raw.list(`${folder}${date}/`)) {
      for (const { key } of page) {
        const range = landedRange(key)
        if (range && BigInt(range.last) >= BigInt(last.get(range.shard) ?? '0')) last.set(range.shard, range.last)
      }
    }
  }
  return last
}
