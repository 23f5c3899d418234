import { createHash } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { copyRegular, type FolderFile, filesBelow, type LeftAlone, openRegular } from '../../laptop/pipeline/state/folder-files.ts'

interface Seen {
  size: number
  modified: number
}

/**
 * Files of a folder that are new or have changed since they were last taken. A file is taken when it looked the same twice
 * in a row, so that half a copy never lands.
 * @param options.copies where files are copied to while they land
 * @param options.onLeft called once for each thing that cannot land
 */
export function watchFolder(folder: string, options: { copies?: string; onLeft?: (left: LeftAlone) => void } = {}) {
  const taken = new Map<string, Seen>()
  const candidates = new Map<string, Seen>()
  const told = new Set<string>()

  async function look(): Promise<FolderFile[]> {
    const { files, left } = await visibleFiles(folder)
    for (const each of left) {
      const id = `${each.path} ${each.why}`
      if (!told.has(id)) options.onLeft?.(each)
      told.add(id)
    }
    const ready: FolderFile[] = []
    for (const file of files) {
      const now = { size: file.size, modified: file.modified }
      if (same(taken.get(file.path), now)) continue
      if (same(candidates.get(file.path), now)) ready.push(file)
      else candidates.set(file.path, now)
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
      for (const { path, file, size, modified } of (await visibleFiles(folder)).files) {
        const object = landed.get(path)
        if (!object || size !== object.size || (await md5Of(file).catch(() => undefined)) !== object.md5) continue
        taken.set(path, { size, modified })
        count += 1
      }
      return count
    },
    /**
     * Lands what is ready with `land`, which takes a folder of the same shape; returns how many files. What could not be copied or
     * landed is ready at the next look again.
     */
    async landReady(land: (folder: string) => Promise<unknown>): Promise<number> {
      const ready = await look()
      if (ready.length === 0) return 0
      const copy = await mkdtemp(join(options.copies ?? tmpdir(), 'sluice-up-'))
      try {
        const copied: FolderFile[] = []
        for (const each of ready) if (await copyOf(each, copy)) copied.push(each)
        if (copied.length > 0) await land(copy)
        for (const { path, size, modified } of copied) {
          taken.set(path, { size, modified })
          candidates.delete(path)
        }
        return copied.length
      } finally {
        await rm(copy, { recursive: true, force: true })
      }
    },
  }
}

/** False when it has gone meanwhile, or become something else. */
async function copyOf({ file, path }: FolderFile, folder: string): Promise<boolean> {
  try {
    await copyRegular(file, join(folder, path))
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOSPC') throw error
    await rm(join(folder, path), { force: true })
    return false
  }
}

// Editors and copy tools write `.name.tmp` first.
async function visibleFiles(folder: string) {
  const { files, left } = await filesBelow(folder)
  const isVisible = ({ path }: { path: string }) => !path.slice(path.lastIndexOf('/') + 1).startsWith('.')
  return { files: files.filter(isVisible), left: left.filter(isVisible) }
}

async function md5Of(path: string): Promise<string> {
  const hash = createHash('md5')
  const { handle } = await openRegular(path)
  await pipeline(handle.createReadStream(), hash)
  return hash.digest('hex')
}

function same(left: Seen | undefined, right: Seen): boolean {
  return left !== undefined && left.size === right.size && left.modified === right.modified
}
