import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { NEXT_COMMANDS, sluiceCommand } from '../../functions/domain/command/next-command.ts'
import { makePrivateFolder } from '../../laptop/pipeline/state/work-folder.ts'
import { stateFolder } from '../../setup/places.mjs'
import { UsageError } from '../usage-error.ts'

/** Everything of `sluice up`: state, logs, and how to reach it. Another folder is another pipeline. */
export const upFolder = resolve(process.env.SLUICE_UP_FOLDER ?? join(stateFolder, 'up'))

/** The file in which `sluice up` records how other commands reach it. */
const file = join(upFolder, 'running.json')

/** The same for a shell: `. <file>`, and the AWS CLI and any SDK reach it. */
export const shellFile = join(upFolder, 'aws.env')

export interface LocalConnection {
  endpoint: string
  /** New at each start. Only the user knows it: the file has mode 0600. */
  accessKeyId: string
  region: string
  stage: string
  /** The process that wrote the file. When the process has ended, so has the pipeline. */
  pid: number
}

export function announceLocal(connection: LocalConnection): void {
  makePrivateFolder(upFolder)
  const { endpoint, accessKeyId, region } = connection
  const variables = {
    AWS_ENDPOINT_URL: endpoint,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
  }
  const lines = Object.entries(variables).map(([name, value]) => `export ${name}=${value}\n`)
  writePrivate(shellFile, `unset AWS_PROFILE AWS_SESSION_TOKEN\n${lines.join('')}`)
  writePrivate(file, JSON.stringify(connection))
}

/** For the user alone. A file that exists keeps its mode when it is written to; a new one takes its place. */
export function writePrivate(target: string, text: string): void {
  rmSync(`${target}.new`, { force: true })
  writeFileSync(`${target}.new`, text, { mode: 0o600, flag: 'wx' })
  renameSync(`${target}.new`, target)
}

export function withdrawLocal(): void {
  for (const each of [file, shellFile]) rmSync(each, { force: true })
}

/** @throws UsageError when none runs */
export function findLocal(): LocalConnection {
  try {
    const connection = JSON.parse(readFileSync(file, 'utf8')) as LocalConnection
    process.kill(connection.pid, 0)
    return connection
  } catch {
    throw new UsageError(`no pipeline runs on this machine: start one in another terminal: ${sluiceCommand(NEXT_COMMANDS.up())}`)
  }
}
