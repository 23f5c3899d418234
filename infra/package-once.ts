import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { execa } from 'execa'
import { root, stateFolder } from '../local/setup/places.mjs'

const SOURCES = ['serverless.yml', 'package-lock.json', 'infra', 'functions', 'statemachines', 'glue-scripts']

/** Packaging was refused; the message is what packaging said. */
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
  const making = `${folder}.${process.pid}`
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
  try {
    renameSync(making, folder)
  } catch (error) {
    // Somebody else was first with the same content.
    rmSync(making, { recursive: true, force: true })
    if (!existsSync(folder)) throw error
  }
  return folder
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
