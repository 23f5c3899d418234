import { type ChildProcessWithoutNullStreams, type SpawnOptions, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

/** A process of ours that speaks lines of JSON on stdio and must not outlive us. */
export interface LineProcess {
  pid: number | undefined
  /** Sends one line of JSON. */
  send(message: unknown): void
  /** Each line of JSON that it prints. */
  onMessage(listener: (message: Record<string, unknown>) => void): void
  /** Resolves when the process ends, with its last lines of stderr. */
  ended: Promise<string>
  stop(): Promise<void>
}

const KEPT_STDERR = 4000
const STOP_GRACE_MS = 3000

/**
 * Starts a process tied to this one: its stdin is the leash, which the system lets go of even when we are killed, and it
 * gets no signal of the terminal's Ctrl-C, so that we decide in which order things end.
 */
export function startLineProcess(command: string, args: string[], options: SpawnOptions & { log?: (text: string) => void }): LineProcess {
  const { log, ...spawnOptions } = options
  const child = spawn(command, args, { ...spawnOptions, stdio: 'pipe', detached: true }) as ChildProcessWithoutNullStreams
  let stderr = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-KEPT_STDERR)
    log?.(text)
  })
  // Writing to a process that has just died is not news: `ended` says it.
  child.stdin.on('error', () => {})
  const listeners: ((message: Record<string, unknown>) => void)[] = []
  createInterface({ input: child.stdout }).on('line', (line) => {
    const message = parse(line)
    if (message) for (const listener of listeners) listener(message)
    else log?.(`${line}\n`)
  })
  const killNow = () => child.kill('SIGKILL')
  process.once('exit', killNow)
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message))
    child.once('close', (code, signal) => resolve(stderr.trim() || `${command} ended (${signal ?? `exit ${code}`})`))
  }).finally(() => process.off('exit', killNow))
  return {
    pid: child.pid,
    send: (message) => child.stdin.write(`${JSON.stringify(message)}\n`),
    onMessage: (listener) => listeners.push(listener),
    ended,
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return
      child.stdin.end()
      const timer = setTimeout(killNow, STOP_GRACE_MS)
      await once(child, 'close')
      clearTimeout(timer)
    },
  }
}

function parse(line: string): Record<string, unknown> | undefined {
  try {
    const message: unknown = JSON.parse(line)
    return message !== null && typeof message === 'object' ? (message as Record<string, unknown>) : undefined
  } catch {
    return undefined
  }
}
