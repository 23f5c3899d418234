import { access, constants, mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { UsageError } from '../usage-error.ts'

/** What a run leaves; a later run into the same folder replaces exactly these. */
export const OUTPUTS = ['curated', 'quarantine', 'runs']

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
      code === 'EEXIST' || code === 'ENOTDIR' ? 'is a file, or lies below one' : code === 'EACCES' ? 'may not be written' : message
    throw new UsageError(`--output ${folder}: ${why}`)
  }
  const foreign = (await readdir(folder)).filter((name) => !OUTPUTS.includes(name))
  if (foreign.length > 0) {
    throw new UsageError(`--output ${folder}: holds ${foreign.slice(0, 3).join(', ')}, which no run has left there; name an empty folder`)
  }
}

/** Removes what an earlier run has left there. */
export async function clearOutput(folder: string): Promise<void> {
  for (const name of OUTPUTS) await rm(join(folder, name), { recursive: true, force: true })
}
