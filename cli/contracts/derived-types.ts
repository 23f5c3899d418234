import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Contract } from '../../functions/domain/contract/contract.ts'
import { DERIVED_TYPES_FILE, type DerivedTypes, derivedFrom, writeDerivedTypes } from '../../functions/domain/contract/derived-types.ts'
import type { ContractFile } from '../../functions/domain/contract/folder.ts'
import { stateFolder } from '../../setup/places.mjs'
import { askSpark } from './spark-check.ts'

/** Cached answers of Spark, a file for each hash of the question: starting a JVM takes seconds. */
const cache = join(stateFolder, 'derived-types')

export function rememberDerivedTypes(contract: Contract, types: Record<string, string>): void {
  if (Object.keys(contract.derive).length === 0) return
  mkdirSync(cache, { recursive: true })
  const file = join(cache, `${derivedFrom(contract)}.json`)
  // Whole or not at all, also when two commands check the same contract.
  writeFileSync(`${file}.${process.pid}`, JSON.stringify(types))
  renameSync(`${file}.${process.pid}`, file)
}

function remembered(contract: Contract): Record<string, string> | undefined {
  return Object.keys(contract.derive).length === 0 ? {} : readJson(join(cache, `${derivedFrom(contract)}.json`))
}

/** The types of every contract that derives columns; Spark is asked for those that nothing remembers. */
export async function derivedTypesOf(files: ContractFile[]): Promise<DerivedTypes> {
  const deriving = files.flatMap(({ contract, draft }) => (contract && draft && draft.derive.size > 0 ? [{ contract, draft }] : []))
  const unknown = deriving.filter(({ contract }) => !remembered(contract))
  const findings = await askSpark(unknown.map(({ draft }) => draft))
  unknown.forEach(({ contract }, index) => {
    const found = findings[index]
    if (found && found.problems.length === 0) rememberDerivedTypes(contract, found.derivedTypes)
  })
  return Object.fromEntries(
    deriving.flatMap(({ contract }) => {
      const types = remembered(contract)
      return types ? [[contract.dataset, { of: derivedFrom(contract), types }]] : []
    }),
  )
}

/** The file that is committed with the contracts, as it should be. */
export function committedTypes(folder: string, types: DerivedTypes): { file: string; isCurrent: boolean; write(): void } {
  const file = join(folder, DERIVED_TYPES_FILE)
  const wanted = Object.keys(types).length === 0 ? undefined : writeDerivedTypes(types)
  return {
    file,
    isCurrent: readText(file) === wanted,
    write: () => (wanted === undefined ? rmSync(file, { force: true }) : writeFileSync(file, wanted)),
  }
}

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}

function readJson(file: string): Record<string, string> | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return undefined
  }
}
