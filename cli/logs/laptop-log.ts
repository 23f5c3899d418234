import { createReadStream, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { UsageError } from '../usage-error.ts'
import type { Log, LogLine, LogSelection } from './log.ts'

/** Functions, and the parts of the laptop that stand in for AWS, that have written something. */
export const laptopLogs = (folder: string, prefix: string): string[] =>
  readdirSync(folder)
    .map((file) => file.replace(/\.log$/, '').replace(`${prefix}-`, ''))
    .sort()

export function laptopLog(folder: string, prefix: string, name: string, { since, match }: LogSelection): Log {
  const files = readdirSync(folder)
  const file = [`${prefix}-${name}.log`, `${name}.log`].find((each) => files.includes(each))
  if (file === undefined) {
    throw new UsageError(`"${name}" has written nothing on this machine; there is ${laptopLogs(folder, prefix).join(', ')}`)
  }
  const path = join(folder, file)
  let read = 0
  let at: string | null = null
  return async () => {
    const size = statSync(path).size
    // Shorter than before: the pipeline was started anew, and its files with it.
    if (size < read) [read, at] = [0, null]
    if (size === read) return []
    const lines: LogLine[] = []
    for await (const message of createInterface({ input: createReadStream(path, { start: read, end: size - 1 }) })) {
      at = timeOf(message) ?? at
      const isOld = at !== null && Date.parse(at) < since.getTime()
      if (message !== '' && !isOld && (match === undefined || message.includes(match))) lines.push({ at, message })
    }
    read = size
    return lines
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
