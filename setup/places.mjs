// Where set-up puts things; the one place that names them. Plain JavaScript: it runs before `npm ci`.
import { readFileSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = join(dirname(fileURLToPath(import.meta.url)), '..')
export const stateFolder = join(root, '.sluice')
export const venvFolder = join(stateFolder, 'venv')
export const python = join(venvFolder, 'bin', 'python')
export const jarsFolder = join(stateFolder, 'jars')
/** What only contracts with an Iceberg table need. */
export const icebergJarsFolder = join(jarsFolder, 'iceberg')
export const javaRecord = join(stateFolder, 'java.json')

/** The Java that set-up chose. */
export function javaHome() {
  return JSON.parse(readFileSync(javaRecord, 'utf8')).home
}

/** The environment in which Python and Spark of the laptop run. */
export function pythonEnvironment() {
  const home = javaHome()
  return { ...process.env, JAVA_HOME: home, PATH: [join(venvFolder, 'bin'), join(home, 'bin'), process.env.PATH].join(delimiter) }
}
