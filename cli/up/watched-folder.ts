import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { cp, mkdir, mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, relative, sep } from 'node:path'
import { pipeline } from 'node:stream/promises'

interface Seen {
  size: number
  modified: number
}

/**
 * Files of a folder that are new or have changed since they were last taken. A file is taken when it looked the same twice
 * in a row, so that nobody lands half of a copy.
 */
export function watchFolder(folder: string) {
  const taken = new Map<string, Seen>()
  const candidates = new Map<string, Seen>()

  async function look(): Promise<string[]> {
    const ready: string[] = []
    for (const path of await filesOf(folder)) {
      const found = await stat(path).catch(() => undefined)
      if (!found) continue
      const now = { size: found.size, modified: found.mtimeMs }
      if (same(taken.get(path), now)) continue
      if (same(candidates.get(path), now)) {
        taken.set(path, now)
        candidates.delete(path)
        ready.push(path)
      } else candidates.set(path, now)
    }
    return ready
  }

  return {
    /**
     * Takes note of what has landed earlier: a file with the content of the object at its place is not landed again, however often
     * its pipeline was started; one that was corrected meanwhile is. Returns how many.
     */
    async passOver(landed: Map<string, { size: number; md5: string }>): Promise<number> {
      let count = 0
      for (const path of await filesOf(folder)) {
        const object = landed.get(relative(folder, path).split(sep).join('/'))
        const found = await stat(path).catch(() => undefined)
        if (!object || found?.size !== object.size || (await md5Of(path)) !== object.md5) continue
        taken.set(path, { size: found.size, modified: found.mtimeMs })
        count += 1
      }
      return count
    },
    /** Lands what is ready with `land`, which takes a folder of the same shape; returns how many files. */
    async landReady(land: (folder: string) => Promise<unknown>): Promise<number> {
      const ready = await look()
      if (ready.length === 0) return 0
      const copy = await mkdtemp(join(tmpdir(), 'sluice-up-'))
      try {
        for (const path of ready) {
          const target = join(copy, relative(folder, path))
          await mkdir(dirname(target), { recursive: true })
          await cp(path, target)
        }
        await land(copy)
        return ready.length
      } finally {
        await rm(copy, { recursive: true, force: true })
      }
    },
  }
}

async function filesOf(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])
  // Editors and copy tools write `.name.tmp` first.
  return entries
    .filter((entry) => entry.isFile() && !entry.name.startsWith('.'))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
}

async function md5Of(path: string): Promise<string> {
  const hash = createHash('md5')
  await pipeline(createReadStream(path), hash)
  return hash.digest('hex')
}

function same(left: Seen | undefined, right: Seen): boolean {
  return left !== undefined && left.size === right.size && left.modified === right.modified
}
