import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { z } from 'zod'
import { isAlive } from '../../laptop/pipeline/state/work-folder.ts'

const owner = z.object({
  pid: z.number(),
  host: z.string(),
  /** When it began, where the system says so: ids of processes are used again. */
  began: z.string(),
})
type Owner = z.output<typeof owner>

/** A folder that another process works in. */
export class FolderTakenError extends Error {
  override readonly name = 'FolderTakenError'
  constructor({ pid, host }: Owner) {
    super(`process ${pid}${host === hostname() ? '' : ` on ${host}`}`)
  }
}

/**
 * Takes the lock file, or that of a process that is gone.
 * @returns what gives it back
 * @throws FolderTakenError
 */
export function takeLock(file: string): () => void {
  const own = `${file}.${process.pid}`
  const me: Owner = { pid: process.pid, host: hostname(), began: beginningOf(process.pid) }
  // Whole before it has the name that others look at.
  writeFileSync(own, JSON.stringify(me), { mode: 0o600 })
  try {
    while (!linked(own, file)) {
      const other = readOwner(file)
      if (other === undefined) continue
      if (!isGone(other)) throw new FolderTakenError(other)
      removeLockOf(other, file)
    }
  } finally {
    rmSync(own, { force: true })
  }
  return () => {
    if (readOwner(file)?.pid === process.pid) rmSync(file, { force: true })
  }
}

function linked(own: string, file: string): boolean {
  try {
    linkSync(own, file)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

/** Of several that find a dead owner's lock, one moves it away; who has moved a newer one gives it back. */
function removeLockOf(dead: Owner, file: string): void {
  const aside = `${file}.gone.${process.pid}`
  try {
    renameSync(file, aside)
  } catch {
    return
  }
  const moved = readOwner(aside)
  if (moved && (moved.pid !== dead.pid || moved.began !== dead.began)) linked(aside, file)
  rmSync(aside, { force: true })
}

/** Undefined when the file is gone. A file that no run wrote counts as one of an ended process. */
function readOwner(file: string): Owner | undefined {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
  try {
    return owner.parse(JSON.parse(text))
  } catch {
    return { pid: 0, host: hostname(), began: '' }
  }
}

function isGone({ pid, host, began }: Owner): boolean {
  // What runs on another machine cannot be seen from here.
  if (host !== hostname()) return false
  return !(pid > 0) || !isAlive(pid) || beginningOf(pid) !== began
}

/** Linux has it as ticks since the machine began; empty elsewhere. */
function beginningOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The name, in brackets, may hold anything.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? ''
  } catch {
    return ''
  }
}
