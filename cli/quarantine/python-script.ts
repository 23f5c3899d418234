import { join } from 'node:path'
import { execa } from 'execa'
import { python, pythonEnvironment, root } from '../../setup/places.mjs'

/** Runs a script of cli/quarantine/spark; its last line on stdout is one JSON value. */
export async function quarantineScript<T>(script: string, ...words: string[]): Promise<T> {
  const run = await execa(python, [join(root, 'cli', 'quarantine', 'spark', script), ...words], { env: pythonEnvironment(), reject: false })
  if (run.exitCode !== 0) throw new Error(`${script} failed: ${run.stderr.trim().split('\n').slice(-3).join('\n')}`)
  return JSON.parse(run.stdout.trim().split('\n').at(-1) ?? 'null')
}

export interface QuarantineSummary {
  rows: number
  reasons: { reason: string; rows: number; files: Record<string, number>; examples: Record<string, string | null>[] }[]
}

export interface ReplayForecast {
  rows: number
  pass: number
  fail: number
  byReason: Record<string, number>
  /** Of the rows that pass, alone; null where none does, or the contract has no rules. */
  quality: { rules: number; failed: { rule: string; message: string | null }[]; notJudged: string[] } | null
}
