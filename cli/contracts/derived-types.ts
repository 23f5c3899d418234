import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { stateFolder } from '../../setup/places.mjs'
import { isComplete } from '../../setup/setup.mjs'
import { readContractsFolder } from './contracts-folder.ts'
import { askSpark } from './spark-check.ts'

/**
 * The types of derived columns, which only Spark knows and the catalog must be told. Asked once for each version of a
 * contract (a JVM costs seconds) and kept, since a version is a hash of the contract's content.
 */
const folder = join(stateFolder, 'derived-types')

export function knownDerivedTypes(version: string): Record<string, string> | undefined {
  try {
    return JSON.parse(readFileSync(join(folder, `${version}.json`), 'utf8'))
  } catch {
    return undefined
  }
}

export function rememberDerivedTypes(version: string, types: Record<string, string>): void {
  mkdirSync(folder, { recursive: true })
  const file = join(folder, `${version}.json`)
  // Whole or not at all, also when two commands check the same contract.
  writeFileSync(`${file}.${process.pid}`, JSON.stringify(types))
  renameSync(`${file}.${process.pid}`, file)
}

/** Asks Spark for what is not known yet. Without a set-up laptop it leaves that to whoever needs the types. */
export async function learnDerivedTypes(contractsFolder: string): Promise<void> {
  const { files } = await readContractsFolder(contractsFolder)
  const unknown = files.flatMap(({ contract, draft }) =>
    contract && draft && draft.derive.size > 0 && knownDerivedTypes(contract.version) === undefined ? [{ contract, draft }] : [],
  )
  if (unknown.length === 0 || !isComplete()) return
  const findings = await askSpark(unknown.map(({ draft }) => draft))
  unknown.forEach(({ contract }, index) => {
    const found = findings[index]
    if (found && found.problems.length === 0) rememberDerivedTypes(contract.version, found.derivedTypes)
  })
}
