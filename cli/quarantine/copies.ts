import { rmSync } from 'node:fs'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { makeWorkFolder } from '../../laptop/pipeline/state/work-folder.ts'
import { stateFolder } from '../../setup/places.mjs'

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

let made: string | undefined

/**
 * Copies of quarantined rows, for the user alone and for no longer than this process: they are deleted when it ends or gets a signal. Those of a
 * process that was killed go when the next one makes its own.
 */
export async function copiesFolder(): Promise<string> {
  made ??= makeCopiesFolder()
  await mkdir(join(made, 'fetched'), { recursive: true, mode: 0o700 })
  return join(made, 'fetched')
}

function makeCopiesFolder(): string {
  const folder = makeWorkFolder(join(stateFolder, 'quarantine-copies'))
  const remove = () => rmSync(folder, { recursive: true, force: true })
  process.once('exit', remove)
  for (const signal of SIGNALS)
    process.once(signal, () => {
      remove()
      // Passes the signal on to other listeners; without any, the process ends as by default.
      process.kill(process.pid, signal)
    })
  return folder
}

/** Lends a folder of copies that goes when the work is done, however it ends. */
export async function withCopies<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(await copiesFolder(), 'of-'))
  try {
    return await work(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
