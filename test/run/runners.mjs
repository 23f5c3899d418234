// How a job's runner is started, and how its own report is read: counts, and how long each test took.
import { existsSync, readFileSync } from 'node:fs'
import { relative } from 'node:path'
import { python, pythonEnvironment, root } from '../../setup/places.mjs'

export const RUNNERS = {
  vitest: {
    command: (words, report) => ({
      file: process.execPath,
      words: ['node_modules/vitest/vitest.mjs', 'run', ...words, '--reporter=default', '--reporter=json', `--outputFile.json=${report}`],
      env: process.env,
    }),
    read(text) {
      const { numPassedTests, numFailedTests, testResults } = JSON.parse(text)
      const times = testResults.flatMap(({ name, assertionResults }) =>
        assertionResults.map(({ fullName, duration }) => ({
          test: `${relative(root, name)} ${fullName}`,
          seconds: (duration ?? 0) / 1000,
        })),
      )
      return { passed: numPassedTests, failed: numFailedTests, times }
    },
  },
  pytest: {
    command: (words, report) => ({
      file: python,
      words: ['-m', 'pytest', '-q', ...words, `--junitxml=${report}`],
      env: pythonEnvironment(),
    }),
    read(text) {
      const count = (kind) => Number(text.match(new RegExp(`<testsuite [^>]*\\b${kind}="(\\d+)"`))?.[1] ?? 0)
      const failed = count('failures') + count('errors')
      const times = [...text.matchAll(/<testcase classname="([^"]*)" name="([^"]*)" time="([\d.]+)"/g)].map(([, file, name, time]) => ({
        test: `${file.replaceAll('.', '/')}.py ${name}`,
        seconds: Number(time),
      }))
      return { passed: count('tests') - failed - count('skipped'), failed, times }
    },
  },
}

/** A job that broke before it could count (a file that does not load, a crash) counts as one failure. */
export function resultOf(runner, report, status) {
  const result = existsSync(report) ? RUNNERS[runner].read(readFileSync(report, 'utf8')) : { passed: 0, failed: 0, times: [] }
  return status !== 0 && result.failed === 0 ? { ...result, failed: 1 } : result
}
