// Everything that the laptop needs, on a fresh clone: npm packages, Python environment, Java 17, jars. Plain JavaScript
// without dependencies, since it runs before `npm ci`. Prints its steps on stderr, and nothing when everything is installed.
import { fileURLToPath } from 'node:url'
import { classArchiveIsMade, makeClassArchive } from './class-archive.mjs'
import { fetchJars, missingJars } from './jars.mjs'
import { javaIsChosen, jdk4pyJava, machineJava, recordJava } from './java.mjs'
import { withLock } from './lock.mjs'
import { commandIsLinked, installPackages, packagesAreInstalled } from './packages.mjs'
import { installJava, makePython, pythonIsReady } from './python.mjs'

const NODE = [20, 19]

/** Installs what is missing. Throws one error that names everything that could not be had. */
export async function setUp({ say = (line) => process.stderr.write(`set-up: ${line}\n`) } = {}) {
  const [major, minor] = process.versions.node.split('.').map(Number)
  if (major < NODE[0] || (major === NODE[0] && minor < NODE[1])) {
    throw new Error(`Node ${NODE.join('.')} or newer is needed, this is ${process.versions.node}: install it from nodejs.org or with nvm`)
  }
  if (isComplete()) return
  const began = Date.now()
  await withLock(say, async () => {
    const results = await Promise.allSettled([packages(say), pythonAndJava(say), jars(say)])
    const problems = results.filter(({ status }) => status === 'rejected').map(({ reason }) => reason.message)
    if (problems.length > 0) throw new Error(problems.join('\n\n'))
  })
  say(`All set up in ${Math.round((Date.now() - began) / 1000)} s`)
}

export const isComplete = () =>
  packagesAreInstalled() && commandIsLinked() && pythonIsReady() && javaIsChosen() && classArchiveIsMade() && missingJars().length === 0

async function packages(say) {
  if (!packagesAreInstalled()) await installPackages(say)
  if (!commandIsLinked()) await import('./link-command.mjs')
}

async function pythonAndJava(say) {
  const pythonIsNew = !pythonIsReady()
  if (pythonIsNew) await makePython(say)
  const javaIsNew = !javaIsChosen()
  if (javaIsNew) await chooseJava(say)
  // An archive fits one Java and one set of jars.
  if (pythonIsNew || javaIsNew || !classArchiveIsMade()) await makeClassArchive(say)
}

async function chooseJava(say) {
  let home = await machineJava()
  if (!home) {
    await installJava(say)
    home = await jdk4pyJava()
  }
  recordJava(home)
}

async function jars(say) {
  if (missingJars().length > 0) await fetchJars(say)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  // Ending through exit() releases the lock and ends the commands that still run.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => process.exit(130))
  try {
    await setUp()
  } catch (error) {
    process.stderr.write(`\nset-up could not finish:\n${error.message}\n`)
    process.exit(1)
  }
}
