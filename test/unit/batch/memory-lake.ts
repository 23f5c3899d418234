import type { Clock } from '../../../functions/ports/clock.ts'
import type { ObjectStore, StoredObject } from '../../../functions/ports/object-store.ts'

/** One bucket in memory. `onCall` sees every call before and after its effect, and may throw: a crash just there. Copies have the time of `clock`. */
export function memoryLake(
  objects = new Map<string, string>(),
  onCall: (moment: 'before' | 'after', call: string) => void = () => {},
  clock: Clock = { now: () => new Date(0) },
) {
  const copiedAt = new Map<string, Date>()
  const effect = async <T>(call: string, act: () => T): Promise<T> => {
    onCall('before', call)
    const answer = act()
    onCall('after', call)
    // Lets other copies in flight go on: order among them is not to be relied on.
    await Promise.resolve()
    return answer
  }
  const lake: ObjectStore = {
    getText: (key) => effect('getText', () => objects.get(key)),
    putText: (key, text, { ifAbsent = false } = {}) =>
      effect('putText', () => {
        if (ifAbsent && objects.has(key)) return false
        objects.set(key, text)
        return true
      }),
    async *list(prefix, { startAfter = '' } = {}) {
      const keys = await effect('list', () => [...objects.keys()].filter((key) => key.startsWith(prefix) && key > startAfter).sort())
      for (let start = 0; start < keys.length; start += 2) yield keys.slice(start, start + 2).map(stored)
    },
    copy: (from, to) =>
      effect(`copy ${to}`, () => {
        const text = objects.get(from)
        if (text === undefined) throw Object.assign(new Error(`no ${from}`), { name: 'NoSuchKey' })
        objects.set(to, text)
        copiedAt.set(to, clock.now())
      }),
    async remove(keys) {
      // S3 removes a thousand keys in no order of ours, and may be cut off between any two.
      for (const key of keys) await effect(`remove ${key}`, () => objects.delete(key))
    },
  }
  const stored = (key: string): StoredObject => ({
    key,
    size: objects.get(key)?.length ?? 0,
    lastModified: copiedAt.get(key) ?? new Date(0),
  })
  return { lake, objects, copiedAt }
}
