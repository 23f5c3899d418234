import { join } from 'node:path'
import { execa } from 'execa'
import { python, pythonEnvironment, root } from '../../setup/places.mjs'

/** Runs the command as a person does, and gives what they see. */
export async function sluice(words: string[], options: { cwd?: string; env?: Record<string, string> } = {}) {
  const run = await execa(process.execPath, [join(root, 'cli', 'sluice.mjs'), ...words], { reject: false, cwd: root, ...options })
  return { exitCode: run.exitCode, stdout: run.stdout, stderr: run.stderr }
}

/** The last line of stdout, which `--json` promises to be the whole answer. */
export function lastObject<T>(stdout: string): T {
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '')
}

/** Runs one of the plain calculations beside this file; they print one JSON value. */
export async function plain<T>(script: string, ...words: string[]): Promise<T> {
  const run = await execa(python, [join(root, 'test', 'e2e', 'plain', script), ...words], { env: pythonEnvironment() })
  return run.stdout === '' ? (undefined as T) : JSON.parse(run.stdout)
}
