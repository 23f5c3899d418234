// `npm test`: sets up what is missing, runs every suite, ends with one line of totals counted from the suites' own
// reports. Plain JavaScript, since it runs before `npm ci`.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { python, pythonEnvironment, root, stateFolder } from '../setup/places.mjs'
import { setUp } from '../setup/setup.mjs'
import { installChromium } from './browser/install-chromium.mjs'

const reports = join(stateFolder, 'test-reports')

try {
  await setUp()
} catch (error) {
  process.stderr.write(`\nset-up could not finish:\n${error.message}\n`)
  process.exit(1)
}
installChromium((line) => process.stderr.write(`set-up: ${line}\n`))
rmSync(reports, { recursive: true, force: true })
mkdirSync(reports, { recursive: true })

const suites = [
  // Quick ones first: most mistakes show within the first minute.
  ['unit and contract tests', () => vitest('quick', ['test/unit', 'test/gates'])],
  ['the Glue script on Spark', () => pytest('glue', 'test/glue')],
  // Each starts Spark and a pipeline of its own; side by side they would only starve each other.
  ['end to end', () => vitest('end-to-end', ['test/e2e', 'test/browser'], '--no-file-parallelism')],
]
const totals = { passed: 0, failed: 0 }
for (const [name, run] of suites) {
  process.stdout.write(`\n── ${name}\n`)
  const began = Date.now()
  const { passed, failed } = run()
  totals.passed += passed
  totals.failed += failed
  process.stdout.write(`── ${name}: ${passed} passed, ${failed} failed in ${Math.round((Date.now() - began) / 1000)} s\n`)
}
const line = `${totals.passed} passed, ${totals.failed} failed`
writeFileSync(join(stateFolder, 'test-totals.txt'), `${line}\n`)
process.stdout.write(`\n${line}\n`)
process.exitCode = totals.failed > 0 ? 1 : 0

function vitest(name, folders, ...options) {
  const present = folders.filter((folder) => existsSync(join(root, folder)))
  const report = join(reports, `${name}.json`)
  const command = join(root, 'node_modules', 'vitest', 'vitest.mjs')
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`]
  const status = start(process.execPath, [command, 'run', ...present, ...options, ...reporters], process.env)
  return counted(status, report, (text) => {
    const { numPassedTests, numFailedTests } = JSON.parse(text)
    return { passed: numPassedTests, failed: numFailedTests }
  })
}

function pytest(name, folder) {
  const report = join(reports, `${name}.xml`)
  const status = start(python, ['-m', 'pytest', '-q', folder, `--junitxml=${report}`], pythonEnvironment())
  return counted(status, report, (text) => {
    const count = (kind) => Number(text.match(new RegExp(`<testsuite [^>]*\\b${kind}="(\\d+)"`))?.[1] ?? 0)
    const failed = count('failures') + count('errors')
    return { passed: count('tests') - failed - count('skipped'), failed }
  })
}

function start(command, words, env) {
  return spawnSync(command, words, { cwd: root, env, stdio: 'inherit' }).status
}

// A suite that broke before it could count (a file that does not load, a crash) is a failure as well.
function counted(status, report, read) {
  const counts = existsSync(report) ? read(readFileSync(report, 'utf8')) : { passed: 0, failed: 0 }
  return status !== 0 && counts.failed === 0 ? { ...counts, failed: 1 } : counts
}
