import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { ORDERS, ordersInstead } from '../unit/contract/orders.ts'
import { lastObject, sluice } from './sluice-command.ts'

// Each test starts a JVM or several, on machines that may be busy.
vi.setConfig({ testTimeout: 240_000 })

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-validate-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

it('accepts good contracts with exit code 0', async () => {
  writeFileSync(join(folder, 'orders.yml'), ORDERS)

  const { exitCode, stdout, stderr } = await sluice(['validate', '--contracts', folder])

  // The types of derived columns are written beside the contracts, to be committed with them.
  const written = `${join(folder, 'derived-types.json')} has changed: commit it with the contracts`
  expect({ exitCode, stdout, stderr }).toEqual({ exitCode: 0, stdout: '✔ 1 contract is good: orders', stderr: written })
})

it('refuses broken ones with exit code 2, each problem on a line with file, line and field, and no stack trace', async () => {
  const broken = ordersInstead('  status: string', '  status: strng')
    .replace('halt_rate: 0.20', 'halt_rate: 2')
    .replace('RowCount', 'RowCnt')
  writeFileSync(join(folder, 'orders.yml'), broken)
  writeFileSync(join(folder, 'other.yml'), 'dataset: [')

  const { exitCode, stdout, stderr } = await sluice(['validate', '--contracts', folder])

  expect(exitCode).toBe(2)
  expect(stdout).toBe('')
  expect(stderr).toMatch(/orders\.yml:12 columns\.status: "strng" is not a type that Spark knows; did you mean string\?/)
  expect(stderr).toMatch(/orders\.yml:22 quarantine\.halt_rate: must be between 0 and 1/)
  expect(stderr).toMatch(/orders\.yml:25 quality: .*RowCnt.*; did you mean RowCount\?/)
  expect(stderr).toMatch(/other\.yml:1 \(YAML\): /)
  expect(stderr).not.toMatch(/^\s+at /m)
})

it('gives the same as one object with --json', async () => {
  writeFileSync(join(folder, 'orders.yml'), ordersInstead('owner:', 'ownr: me'))

  const { exitCode, stdout } = await sluice(['validate', '--contracts', folder, '--json'])

  expect(exitCode).toBe(2)
  expect(lastObject(stdout)).toMatchObject({
    ok: false,
    problems: [
      { line: 1, field: 'owner', message: 'is missing' },
      { line: 2, field: 'ownr', message: 'is not a field of a contract; did you mean owner?' },
    ],
  })
})

it.each([
  ['an unknown option', ['validate', '--contract', 'x'], /unknown option '--contract'/],
  ['an unknown command', ['validte'], /Did you mean validate/],
  ['a folder that is not there', ['validate', '--contracts', '/nowhere/at/all'], /no such folder/],
])('says that %s is bad usage', async (_what, words, message) => {
  const { exitCode, stderr } = await sluice(words)
  expect(exitCode).toBe(2)
  expect(stderr).toMatch(message)
})

const RUN = (contracts: string, input: string, output: string) => ['run', '--contracts', contracts, '--input', input, '--output', output]

it('refuses to run over what it cannot use, before anything starts', async () => {
  const [contracts, input, output] = ['contracts', 'input', 'output'].map((name) => join(folder, name)) as [string, string, string]
  mkdirSync(contracts)
  writeFileSync(join(contracts, 'orders.yml'), ORDERS)
  mkdirSync(join(input, 'returns'), { recursive: true })
  writeFileSync(join(input, 'returns', 'a.csv'), 'x')

  const missing = await sluice(RUN(contracts, join(folder, 'nowhere'), output))
  expect(missing).toMatchObject({ exitCode: 2, stderr: expect.stringMatching(/--input .*nowhere: there is no such folder/) })

  const stranger = await sluice(RUN(contracts, input, output))
  expect(stranger).toMatchObject({ exitCode: 2, stderr: expect.stringMatching(/has no file for any of the contracts/) })

  mkdirSync(join(input, 'orders', 'ingest_date=2025-01-01'), { recursive: true })
  writeFileSync(join(input, 'orders', 'ingest_date=2025-01-01', 'a.csv'), 'order_id\n1\n')
  mkdirSync(output)
  writeFileSync(join(output, 'thesis.txt'), 'years of work')
  const foreign = await sluice(RUN(contracts, input, output))
  expect(foreign).toMatchObject({ exitCode: 2, stderr: expect.stringMatching(/has thesis\.txt, which no run wrote/) })

  const none = await sluice(['run', '--contracts', contracts, '--output', output])
  expect(none).toMatchObject({ exitCode: 2, stderr: expect.stringMatching(/--input/) })
})
