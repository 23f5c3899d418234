import { existsSync, mkdirSync, rmdirSync, rmSync } from 'node:fs'
import { access, constants, mkdir, readdir, rename, rm, rmdir } from 'node:fs/promises'
import { join } from 'node:path'
import { UsageError } from '../usage-error.ts'
import { FolderTakenError, takeLock } from './folder-lock.ts'

/** What a run leaves; a later run into the same folder replaces exactly these. */
export const OUTPUTS = ['curated', 'quarantine', 'runs']

/** What a run keeps in the folder while it runs: its lock, and its results until they are whole. */
const WORK = '.sluice-run'

/**
 * Looks whether the folder, which is made where it is missing, can take a run's results.
 * @throws UsageError when it cannot be written, or holds something that no run has left there
 */
export async function checkOutput(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true })
    await access(folder, constants.W_OK)
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    const why =
      code === 'EEXIST' || code === 'ENOTDIR' ? 'is a file, or is below a file' : code === 'EACCES' ? 'you may not write to it' : message
    throw new UsageError(`--output ${folder}: ${why}`)
  }
  const foreign = (await readdir(folder)).filter((name) => !OUTPUTS.includes(name) && name !== WORK)
  if (foreign.length > 0) {
    throw new UsageError(`--output ${folder}: has ${foreign.slice(0, 3).join(', ')}, which no run wrote; name an empty folder`)
  }
}

/** An output folder that is one run's own. */
export interface OutputFolder {
  /** Where the results will be. */
  folder: string
  /** Where the results are written, beside those of an earlier run. */
  results: string
  /** Puts the results in the place of the earlier ones; when it is cut off, the next run finishes it. */
  replaceEarlier(): Promise<void>
  /** Lets the next run in. Results that have not replaced the earlier ones go, unless they are to be looked at. */
  close(options?: { keepResults: boolean }): void
}

/** @throws UsageError when another run writes there */
export async function openOutput(folder: string): Promise<OutputFolder> {
  await checkOutput(folder)
  const work = join(folder, WORK)
  const unlock = lock(folder, work)
  const [results, whole] = [join(work, 'results'), join(work, 'whole')]
  function close({ keepResults } = { keepResults: false }): void {
    process.off('exit', atExit)
    if (!keepResults) rmSync(results, { recursive: true, force: true })
    unlock()
    removeEmpty(work)
  }
  const atExit = () => close()
  process.once('exit', atExit)
  try {
    await swapIn(whole, folder)
    await rm(results, { recursive: true, force: true })
    await mkdir(results)
  } catch (error) {
    close()
    throw error
  }
  return {
    folder,
    results,
    close,
    async replaceEarlier() {
      // What the run did not leave must go too, so each is there.
      for (const name of OUTPUTS) await mkdir(join(results, name), { recursive: true })
      await rename(results, whole)
      await swapIn(whole, folder)
    },
  }
}

function lock(folder: string, work: string): () => void {
  for (;;) {
    try {
      mkdirSync(work, { recursive: true, mode: 0o700 })
      return takeLock(join(work, 'lock'))
    } catch (error) {
      // Another run that ended at this moment has tidied up.
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') continue
      if (!(error instanceof FolderTakenError)) throw error
      throw new UsageError(
        `--output ${folder}: another run writes to it (${error.message}); wait until that run ends, or name another folder`,
      )
    }
  }
}

/** Not what is in it: that may be the next run's lock. */
function removeEmpty(folder: string): void {
  try {
    rmdirSync(folder)
  } catch {}
}

/** Repeatable after a crash at any point: what is no longer in `whole` is already in its final place. */
async function swapIn(whole: string, folder: string): Promise<void> {
  if (!existsSync(whole)) return
  const earlier = join(folder, WORK, 'earlier')
  await mkdir(earlier, { recursive: true })
  for (const name of OUTPUTS) {
    const [source, target] = [join(whole, name), join(folder, name)]
    if (!existsSync(source)) continue
    await rm(join(earlier, name), { recursive: true, force: true })
    if (existsSync(target)) await rename(target, join(earlier, name))
    await rename(source, target)
    // A run without quarantined rows leaves no folder of them.
    await rmdir(target).catch(() => {})
  }
  await rm(whole, { recursive: true, force: true })
  await rm(earlier, { recursive: true, force: true })
}
