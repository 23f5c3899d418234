import { readdirSync, statSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { UsageError } from '../usage-error.ts'
import type { Log, LogLine, LogSelection } from './log.ts'

/** Functions, and parts of the laptop that replace AWS, that have a log. */
export const laptopLogs = (folder: string, prefix: string): string[] =>
  readdirSync(folder)
    .map((file) => file.replace(/\.log$/, '').replace(`${prefix}-`, ''))
    .sort()

export function laptopLog(folder: string, prefix: string, name: string, { since, match, follow }: LogSelection): Log {
  const files = readdirSync(folder)
  const file = [`${prefix}-${name}.log`, `${name}.log`].find((each) => files.includes(each))
  if (file === undefined) {
    throw new UsageError(`"${name}" has no log on this machine; there is ${laptopLogs(folder, prefix).join(', ')}`)
  }
  const path = join(folder, file)
  let read = 0
  let seen = 0
  let at: string | null = null
  return async () => {
    const size = statSync(path).size
    // Shorter than before: the pipeline restarted and began new files.
    if (size < read) [read, at] = [0, null]
    const fresh = await bytes(path, read, size)
    // A line that is being written waits until it is whole, but no longer than one look: what died in the middle of one is shown too.
    const whole = !follow || size === seen ? fresh.length : fresh.lastIndexOf('\n') + 1
    seen = size
    read += whole
    const lines: LogLine[] = []
    for (const message of fresh.subarray(0, whole).toString().split(/\r?\n/)) {
      at = timeOf(message) ?? at
      const isOld = at !== null && Date.parse(at) < since.getTime()
      if (message !== '' && !isOld && (match === undefined || message.includes(match))) lines.push({ at, message })
    }
    return lines
  }
}

async function bytes(path: string, from: number, to: number): Promise<Buffer> {
  const file = await open(path)
  try {
    const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(to - from), position: from })
    return buffer.subarray(0, bytesRead)
  } finally {
    await file.close()
  }
}

/** Functions write objects: log lines with a timestamp, and metrics with one of their own. */
function timeOf(line: string): string | undefined {
  if (!line.startsWith('{')) return undefined
  try {
    const { timestamp, _aws } = JSON.parse(line) as { timestamp?: string; _aws?: { Timestamp?: number } }
    const time = new Date(timestamp ?? _aws?.Timestamp ?? Number.NaN)
    return Number.isNaN(time.getTime()) ? undefined : time.toISOString()
  } catch {
    return undefined
  }
}
