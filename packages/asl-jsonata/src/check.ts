/** `npx tsx packages/asl-jsonata/src/check.ts file…`: what is wrong with state machine definitions, before anything runs them. */
import { readFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { loadDefinition } from './definition/load.ts'
import { InvalidDefinitionError } from './errors.ts'
import type { Json } from './types.ts'

export interface Finding {
  severity: 'error' | 'warning'
  location: string
  message: string
}

/** Errors are what the service refuses too; warnings are what it accepts although it is a mistake. */
export function checkDefinition(text: string): Finding[] {
  try {
    return warnings(loadDefinition(text) as unknown as Json, '')
  } catch (thrown) {
    if (!(thrown instanceof InvalidDefinitionError)) throw thrown
    return thrown.problems.map((problem) => ({ severity: 'error', ...problem }))
  }
}

function warnings(node: Json, at: string): Finding[] {
  if (Array.isArray(node)) return node.flatMap((item, i) => warnings(item, `${at}[${i}]`))
  if (typeof node === 'string') {
    const isHalf = /^\s*\{%/.test(node) !== /%\}\s*$/.test(node) || (/^\s+\{%.*%\}|^\{%.*%\}\s+$/s.test(node) && node.trim() !== node)
    return isHalf ? [{ severity: 'warning', location: at, message: 'Not an expression: it must begin with {% and end with %}' }] : []
  }
  if (node === null || typeof node !== 'object') return []
  const own: Finding[] = []
  if (node.Type === 'Task' && typeof node.Resource === 'string' && node.TimeoutSeconds === undefined) {
    own.push({ severity: 'warning', location: at, message: 'A Task without TimeoutSeconds may wait for a year' })
  }
  for (const key of Object.keys(node)) {
    if (!key.endsWith('.$')) continue
    own.push({ severity: 'warning', location: `${at}/${key}`, message: 'A key that ends in .$ is an ordinary key in JSONata' })
  }
  return [...own, ...Object.entries(node).flatMap(([key, value]) => warnings(value, `${at}/${key}`))]
}

function main(files: string[]): void {
  let hasErrors = files.length === 0
  if (hasErrors) process.stderr.write('usage: npx tsx packages/asl-jsonata/src/check.ts file…\n')
  for (const file of files) {
    for (const { severity, location, message } of checkDefinition(readFileSync(file, 'utf8'))) {
      hasErrors ||= severity === 'error'
      process.stdout.write(`${file}: ${severity}: ${message} at ${location}\n`)
    }
  }
  process.exitCode = hasErrors ? 1 : 0
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) main(process.argv.slice(2))
