import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { stateFolder } from '../../local/setup/places.mjs'
import { UsageError } from '../usage-error.ts'

/** Where `sluice up` tells other commands how to reach it. */
const file = join(stateFolder, 'up.json')

export interface LocalConnection {
  endpoint: string
  region: string
  stage: string
  /** Whoever wrote the file; when it is gone, so is the pipeline. */
  pid: number
}

export function announceLocal(connection: LocalConnection): void {
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
