import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { stateFolder } from '../../../setup/places.mjs'

/** A folder that holds data or keys: its user's alone, also when it was made by a version that had left it open. */
export function makePrivateFolder(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  chmodSync(folder, 0o700)
}

/** A folder of this process, named by its id; folders of processes that were killed go on this occasion. */
export function makeWorkFolder(parent = join(stateFolder, 'pipelines')): string {
  makePrivateFolder(parent)
  for (const name of readdirSync(parent)) {
    const owner = Number(name.split('-')[0])
    if (owner > 0 && !isAlive(owner)) rmSync(join(parent, name), { recursive: true, force: true })
  }
  return mkdtempSync(join(parent, `${process.pid}-`))
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
