import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { stateFolder } from '../../setup/places.mjs'
import { UsageError } from '../usage-error.ts'

/** Everything of `sluice up`: state, logs, and how to reach it. Another folder is another pipeline. */
export const upFolder = resolve(process.env.SLUICE_UP_FOLDER ?? join(stateFolder, 'up'))

/** Where `sluice up` tells other commands how to reach it. */
const file = join(upFolder, 'running.json')

export interface LocalConnection {
  endpoint: string
  region: string
  stage: string
  /** Whoever wrote the file; when it is gone, so is the pipeline. */
  pid: number
}

export function announceLocal(connection: LocalConnection): void {
  mkdirSync(upFolder, { recursive: true })
  writeFileSync(file, JSON.stringify(connection))
}

export function withdrawLocal(): void {
  rmSync(file, { force: true })
}

/** @throws UsageError when none runs */
export function findLocal(): LocalConnection {
  try {
    const connection = JSON.parse(readFileSync(file, 'utf8')) as LocalConnection
    process.kill(connection.pid, 0)
    return connection
  } catch {
    throw new UsageError('no pipeline runs on this machine: start one with `sluice up`, in another terminal')
  }
}
