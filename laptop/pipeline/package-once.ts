import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs'
import { basename, join, relative, resolve } from 'node:path'
import { execa } from 'execa'
import { withLock } from '../../setup/lock.mjs'
import { root, stateFolder } from '../../setup/places.mjs'

const SOURCES = ['serverless.yml', 'package-lock.json', 'infra', 'functions', 'statemachines', 'glue-scripts']

/** Packaging failed; the message is its output. */
export class PackagingFailed extends Error {
  override name = 'PackagingFailed'
}

/**
 * `npm run package` over a folder of contracts, done once for each content of contracts and sources.
 * @returns the package folder, for readPackage()
 */
export async function packageOnce(contractsDir = 'datasets', { stage = 'dev' } = {}): Promise<string> {
  const contracts = resolve(root, contractsDir)
  const folder = join(stateFolder, 'packages', contentHash([...SOURCES.map((source) => join(root, source)), contracts], stage))
  if (existsSync(folder)) return folder
  // A second caller waits for the package instead of making it again.
  await withLock(
    () => {},
    async () => {
      if (!existsSync(folder)) await makePackage(folder, contracts, stage)
    },
    `package-${basename(folder)}`,
  )
  return folder
}

async function makePackage(folder: string, contracts: string, stage: string): Promise<void> {
  const making = `${folder}.making`
  rmSync(making, { recursive: true, force: true })
  const packaging = await execa('serverless', ['package', '--package', making, '--stage', stage], {
    cwd: root,
    preferLocal: true,
    localDir: root,
    reject: false,
    all: true,
    env: { SLUICE_CONTRACTS_DIR: contracts },
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
