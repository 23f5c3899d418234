import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { root } from '../../setup/places.mjs'

const work = mkdtempSync(join(tmpdir(), 'sluice-packaging-'))
afterAll(() => rmSync(work, { recursive: true, force: true }))

// No profile, no keys, no region: packaging must not ask AWS, nor the machine's owner.
const temporary = join(work, 'temporary')
const withoutCredentials = { PATH: process.env.PATH ?? '', HOME: work, TMPDIR: temporary }

function packageInto(folder: string, env: { SLUICE_CONTRACTS_DIR?: string; SLUICE_FUNCTION_BUNDLES?: string } = {}) {
  return execa(join(root, 'node_modules', '.bin', 'serverless'), ['package', '--package', folder], {
    cwd: root,
    env: { ...withoutCredentials, ...env },
    extendEnv: false,
    reject: false,
    all: true,
  })
}

/** Content of every file; the framework's own folder name, a time, is taken out. */
function contentOf(folder: string): Record<string, string> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  return Object.fromEntries(
    files.map((file) => {
      const path = join(file.parentPath, file.name)
      const bytes = file.name.endsWith('.json')
        ? readFileSync(path, 'utf8').replace(/\d{13}-\d{4}-[\d-]+T[\d:.]+Z/g, '<when>')
        : readFileSync(path)
      return [relative(folder, path), createHash('sha256').update(bytes).digest('hex')]
    }),
  )
}

describe('npm run package', () => {
  let first: string
  beforeAll(async () => {
    first = join(work, 'first')
    mkdirSync(temporary)
    const { exitCode, all } = await packageInto(first)
    expect(exitCode, all).toBe(0)
  }, 300_000)

  it('makes the same files of the same sources', async () => {
    const second = join(work, 'second')
    await packageInto(second)
    const { 'serverless-state.json': _first, ...once } = contentOf(first)
    const { 'serverless-state.json': _second, ...again } = contentOf(second)
    expect(again).toEqual(once)
  }, 300_000)

  it('makes the same files of code that is bundled already', async () => {
    const third = join(work, 'third')
    await packageInto(third, { SLUICE_FUNCTION_BUNDLES: first })
    const { 'serverless-state.json': _first, ...bundled } = contentOf(first)
    const { 'serverless-state.json': _third, ...reused } = contentOf(third)
    expect(reused).toEqual(bundled)
  }, 300_000)

  it('leaves nothing in the temporary folder of the system', () => {
    const left = readdirSync(temporary).filter((name) => name !== 'node-compile-cache' && !name.startsWith('tsx-'))
    expect(left).toEqual([])
  })

  it('stages scripts, contracts and dataset stacks by their content', () => {
    const files = Object.keys(contentOf(join(first, 'artifacts')))
    expect(files).toContainEqual(expect.stringMatching(/^glue\/[0-9a-f]{12}\/curate\.py$/))
    expect(files).toContainEqual(expect.stringMatching(/^glue\/[0-9a-f]{12}\/sluice_etl\.zip$/))
    expect(files).toContainEqual(expect.stringMatching(/^contracts\/index-[0-9a-f]{12}\.json$/))
    expect(files).toContainEqual(expect.stringMatching(/^contracts\/online_retail-[0-9a-f]{12}\.json$/))
    expect(files).toContainEqual(expect.stringMatching(/^stacks\/online_retail-[0-9a-f]{12}\.json$/))
  })

  it('refuses wrong contracts in words that name file, line and field', async () => {
    const contracts = mkdtempSync(join(work, 'contracts-'))
    writeFileSync(
      join(contracts, 'orders.yml'),
      'dataset: orders\nowner: me@example.com\nsource: { format: tsv }\ncolumns: { id: string }\n',
    )
    const { exitCode, all } = await packageInto(join(work, 'refused'), { SLUICE_CONTRACTS_DIR: contracts })
    expect(exitCode).not.toBe(0)
    expect(all).toMatch(/orders\.yml:3 {2}source\.format {2}/)
    expect(all).toMatch(/orders\.yml:1 {2}primary_key {2}is missing/)
    expect(all).not.toMatch(/^\s+at /m)
  }, 300_000)

  it('says where it looked when there are no contracts', async () => {
    const empty = mkdtempSync(join(work, 'empty-'))
    const { exitCode, all } = await packageInto(join(work, 'nothing'), { SLUICE_CONTRACTS_DIR: empty })
    expect(exitCode).not.toBe(0)
    expect(all).toContain(empty)
  }, 300_000)
})
