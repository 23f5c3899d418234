// `npm test`, `npm test -- all`, `npm run test:quick`, `npm run test:full`: sets up what is missing, runs the jobs of the mode two
// at a time, and ends with one line of totals. Plain JavaScript, since it runs before `npm ci`.
import { spawn } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism, totalmem } from 'node:os'
import { join } from 'node:path'
import { MARIADB_JARS, setUpIceberg, setUpJars } from '../../setup/jars.mjs'
import { root, stateFolder } from '../../setup/places.mjs'
import { setUp } from '../../setup/setup.mjs'
import { installChromium } from '../browser/install-chromium.mjs'
import { MODES } from './modes.mjs'
import { RUNNERS, resultOf } from './runners.mjs'

/** Two Sparks and two pipelines need about 8 GiB between them. */
const LANES = totalmem() >= 10 * 2 ** 30 && availableParallelism() > 1 ? 2 : 1
const SLOWEST = 10

const mode = process.argv[2] ?? 'daily'
if (!Object.hasOwn(MODES, mode)) {
  process.stderr.write(`There is no "${mode}" here. Run one of: ${Object.keys(MODES).join(', ')}.\n`)
  process.exit(1)
}
const reports = join(stateFolder, 'test-reports')
try {
  await setUp()
  if (MODES[mode].needs === 'everything') {
    const say = (line) => process.stderr.write(`set-up: ${line}\n`)
    await setUpIceberg(say)
    await setUpJars(say, MARIADB_JARS)
  }
} catch (error) {
  process.stderr.write(`\nset-up could not finish:\n${error.message}\n`)
  process.exit(1)
}
if (MODES[mode].needs === 'everything') installChromium((line) => process.stderr.write(`set-up: ${line}\n`))
rmSync(reports, { recursive: true, force: true })
mkdirSync(reports, { recursive: true })

const began = Date.now()
const queue = MODES[mode].jobs().map((job, index) => ({ ...job, report: join(reports, `${index}.${job.runner}`) }))
const results = []
await Promise.all(Array.from({ length: LANES }, lane))

const total = (count) => results.reduce((sum, result) => sum + count(result), 0)
const slowest = results
  .flatMap(({ times }) => times)
  .sort((a, b) => b.seconds - a.seconds)
  .slice(0, SLOWEST)
process.stdout.write(
  `\nThe slowest tests:\n${slowest.map(({ test, seconds }) => `${seconds.toFixed(1).padStart(7)} s  ${test}\n`).join('')}`,
)
const broken = results.filter(({ failed }) => failed > 0).map(({ name }) => name)
if (broken.length > 0) process.stdout.write(`\nFailed in: ${broken.join(', ')}\n`)
process.stdout.write(`\nAll in ${seconds(began)} s\n`)
const line = `${total(({ passed }) => passed)} passed, ${total(({ failed }) => failed)} failed`
writeFileSync(join(stateFolder, 'test-totals.txt'), `${line}\n`)
process.stdout.write(`\n${line}\n`)
process.exitCode = broken.length > 0 ? 1 : 0

async function lane() {
  for (let job = queue.shift(); job; job = queue.shift()) results.push(await runJob(job))
}

async function runJob({ name, runner, words, env, report }) {
  const start = Date.now()
  const command = RUNNERS[runner].command(words, report)
  const { status, output } = await run(command.file, command.words, { ...command.env, ...env })
  const result = { name, ...resultOf(runner, report, status) }
  // Whole, when it is done: two jobs that print at once are hard to read.
  process.stdout.write(`\n── ${name}\n${output}── ${name}: ${result.passed} passed, ${result.failed} failed in ${seconds(start)} s\n`)
  return result
}

function run(file, words, env) {
  return new Promise((resolve) => {
    const child = spawn(file, words, { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] })
    const chunks = []
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => chunks.push(chunk))
    child.on('error', (error) => resolve({ status: 1, output: `${error.message}\n` }))
    child.on('close', (status) => resolve({ status, output: Buffer.concat(chunks).toString() }))
  })
}

function seconds(since) {
  return Math.round((Date.now() - since) / 1000)
}
