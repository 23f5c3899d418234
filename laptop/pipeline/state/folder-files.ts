import { constants } from 'node:fs'
import { access, type FileHandle, lstat, mkdir, open, readdir, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import pMap from 'p-map'

const AT_ONCE = 32

export interface FolderFile {
  /** Below the folder, with slashes. */
  path: string
  file: string
  size: number
  modified: number
}

/** Something in the folder that cannot land. */
export interface LeftAlone {
  path: string
  /** What it is: "it is a named pipe". */
  why: string
}

/**
 * The regular files below a folder and the links to such, in the order of their paths; and what else is there. Links to folders are not
 * followed: they may lead in a circle, or out to everything. Nothing is opened, since a pipe would wait for its other end.
 */
export async function filesBelow(folder: string): Promise<{ files: FolderFile[]; left: LeftAlone[] }> {
  const files: FolderFile[] = []
  const left: LeftAlone[] = []
  async function walk(below: string): Promise<void> {
    const entries = await readdir(join(folder, below), { withFileTypes: true }).catch((error) => {
      left.push({ path: below, why: whyUnreadable(error) })
      return []
    })
    const pathOf = (name: string) => (below === '' ? name : `${below}/${name}`)
    for (const entry of entries) if (entry.isDirectory()) await walk(pathOf(entry.name))
    const others = entries.filter((entry) => !entry.isDirectory()).map(({ name }) => pathOf(name))
    await pMap(others, lookAt, { concurrency: AT_ONCE })
  }
  async function lookAt(path: string): Promise<void> {
    const file = join(folder, path)
    const found = await fileAt(file, path)
    if ('why' in found) left.push({ path, why: found.why })
    else files.push({ path, file, ...found })
  }
  await walk('')
  const inOrder = (one: { path: string }, other: { path: string }) => (one.path < other.path ? -1 : 1)
  return { files: files.sort(inOrder), left: left.sort(inOrder) }
}

// C0, C1, and what breaks a line: XML listings of S3 cannot have the first, and a terminal should get none of them.
const CONTROL = /[\p{Cc}\u2028\u2029]/u
/** S3 takes keys of 1,024 bytes, and ours begin with `raw/`. */
const LONGEST_PATH = 1020

async function fileAt(file: string, path: string): Promise<{ why: string } | { size: number; modified: number }> {
  if (CONTROL.test(path)) return { why: 'its name has control characters' }
  if (Buffer.byteLength(path) > LONGEST_PATH) return { why: `its path is longer than ${LONGEST_PATH} bytes` }
  try {
    const found = await stat(file)
    if (!found.isFile()) return { why: kindOf(found) }
    await access(file, constants.R_OK)
    return { size: found.size, modified: found.mtimeMs }
  } catch (error) {
    const isLink = (await lstat(file).catch(() => undefined))?.isSymbolicLink()
    return { why: isLink && codeOf(error) === 'ENOENT' ? 'it is a link to nothing' : whyUnreadable(error) }
  }
}

type Kind = Pick<Awaited<ReturnType<typeof stat>>, 'isDirectory' | 'isFIFO' | 'isSocket'>

function kindOf(found: Kind): string {
  if (found.isDirectory()) return 'it is a link to a folder'
  if (found.isFIFO()) return 'it is a named pipe'
  return found.isSocket() ? 'it is a socket' : 'it is a device'
}

const codeOf = (error: unknown) => (error as NodeJS.ErrnoException).code

function whyUnreadable(error: unknown): string {
  const code = codeOf(error)
  if (code === 'EACCES' || code === 'EPERM') return 'you may not read it'
  if (code === 'ELOOP') return 'it is a link that leads in a circle'
  // Node gives names as text: a name of other bytes names nothing.
  if (code === 'ENOENT') return 'its name is not UTF-8, or it no longer exists'
  return `it cannot be read (${code ?? String(error)})`
}

/** Opens without waiting, should it have become a pipe meanwhile. @throws when it is no longer a regular file */
export async function openRegular(file: string): Promise<{ handle: FileHandle; size: number }> {
  const handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK)
  const found = await handle.stat()
  if (found.isFile()) return { handle, size: found.size }
  await handle.close()
  throw new Error(`${file} is not a regular file any more`)
}

/** What the file or its link holds, in a file that only the user can read. */
export async function copyRegular(file: string, target: string): Promise<void> {
  await mkdir(dirname(target), { recursive: true })
  const { handle } = await openRegular(file)
  const copy = await open(target, 'w', 0o600)
  await pipeline(handle.createReadStream(), copy.createWriteStream())
}
