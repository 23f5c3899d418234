import { createHash } from 'node:crypto'
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs'
import { basename, join, relative, resolve } from 'node:path'
import { execa } from 'execa'
import { connectionsFolder } from '../../../infra/packaging/contract-files.ts'
import { withLock } from '../../../setup/lock.mjs'
import { root, stateFolder } from '../../../setup/places.mjs'

/** What the code of functions is made of. It takes most of the time of packaging, and no contract changes it. */
const BUNDLED = ['serverless.yml', 'package-lock.json', 'tsconfig.json', 'infra/functions', 'functions']
const SOURCES = ['serverless.yml', 'package-lock.json', 'infra', 'functions', 'statemachines', 'glue-scripts']

/** Packaging failed; the message is its output. */
export class PackagingFailed extends Error {
  override name = 'PackagingFailed'
}

/**
 * `npm run package` over a folder of contracts, done once for each content of contracts and sources.
 * @returns the package folder, for readPackage()
 */
export async function packageOnce(contractsDir = 'datasets', { stage = 'dev', env = {} as Record<string, string> } = {}): Promise<string> {
  const contracts = resolve(root, contractsDir)
  const folder = join(
    stateFolder,
    'packages',
    contentHash([...SOURCES.map((source) => join(root, source)), contracts, connectionsFolder(contracts)], stage, JSON.stringify(env)),
  )
  if (existsSync(folder)) return folder
  // A second caller waits for the package instead of making it again.
  await withLock(
    () => {},
    async () => {
      if (!existsSync(folder)) await makePackage(folder, contracts, stage, env)
    },
    `package-${basename(folder)}`,
  )
  return folder
}

async function makePackage(folder: string, contracts: string, stage: string, env: Record<string, string>): Promise<void> {
  const bundles = join(stateFolder, 'bundles', contentHash(BUNDLED.map((source) => join(root, source))))
  if (existsSync(bundles)) return runPackaging(folder, contracts, stage, { ...env, SLUICE_FUNCTION_BUNDLES: bundles })
  await withLock(
    () => {},
    async () => {
      if (existsSync(bundles)) return runPackaging(folder, contracts, stage, { ...env, SLUICE_FUNCTION_BUNDLES: bundles })
      await runPackaging(folder, contracts, stage, env)
      keepBundles(folder, bundles)
    },
    `bundles-${basename(bundles)}`,
  )
}

function keepBundles(packageFolder: string, bundles: string): void {
  const making = `${bundles}.making`
  rmSync(making, { recursive: true, force: true })
  mkdirSync(making, { recursive: true })
  for (const name of readdirSync(packageFolder).filter((each) => each.endsWith('.zip')))
    copyFileSync(join(packageFolder, name), join(making, name))
  renameSync(making, bundles)
}

async function runPackaging(folder: string, contracts: string, stage: string, env: Record<string, string> = {}): Promise<void> {
  const making = `${folder}.making`
  rmSync(making, { recursive: true, force: true })
  const packaging = await execa('serverless', ['package', '--package', making, '--stage', stage], {
    cwd: root,
    preferLocal: true,
    localDir: root,
    reject: false,
    all: true,
    env: { SLUICE_CONTRACTS_DIR: contracts, ...env },
  })
  if (packaging.exitCode !== 0) throw new PackagingFailed(packaging.all?.trim() ?? `packaging ended with ${packaging.exitCode}`)
  renameSync(making, folder)
}

function contentHash(places: string[], ...also: string[]): string {
  const sum = createHash('sha256')
  for (const place of places) {
    for (const file of filesBelow(place)) sum.update(relative(place, file)).update('\0').update(readFileSync(file)).update('\0')
  }
  return also
    .reduce((hash, text) => hash.update(text), sum)
    .digest('hex')
    .slice(0, 16)
}

function filesBelow(place: string): string[] {
  if (!existsSync(place)) return []
  if (statSync(place).isFile()) return [place]
  return readdirSync(place, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.endsWith('.pyc'))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
}
