import type { Contract } from '../../functions/domain/contract/contract.ts'
import { type FileProblem, fieldName } from '../../functions/domain/contract/file.ts'
import { type ContractFile, readContractsFolder } from './contracts-folder.ts'
import { rememberDerivedTypes } from './derived-types.ts'
import { askSpark } from './spark-check.ts'

export interface CheckedContracts {
  /** The contracts that could be read; trust them only when there are no problems. */
  contracts: Contract[]
  /** Sorted by file and line. */
  problems: FileProblem[]
}

/** Everything that is wrong with the contracts of a folder, from YAML to what Spark and Deequ make of them. */
export async function checkContracts(folder: string): Promise<CheckedContracts> {
  const { files, problems } = await readContractsFolder(folder)
  const askable = files.filter((file) => file.draft?.columns !== undefined)
  try {
    const findings = await askSpark(askable.flatMap(({ draft }) => (draft ? [draft] : [])))
    askable.forEach((file, index) => {
      const { problems: found = [], derivedTypes = {} } = findings[index] ?? {}
      problems.push(...found.map((problem) => locate(file, problem)))
      if (file.contract && found.length === 0) rememberDerivedTypes(file.contract.version, derivedTypes)
    })
  } catch (error) {
    problems.push({ file: folder, line: 1, field: '(Spark)', message: error instanceof Error ? error.message : String(error) })
  }
  const contracts = files.flatMap(({ contract }) => (contract ? [contract] : []))
  return { contracts, problems: sorted(withoutEchoes(problems)) }
}

function locate(file: ContractFile, found: { path: (string | number)[]; message: string; textLine?: number }): FileProblem {
  const line = file.lineOf?.(found.path, found.textLine) ?? 1
  return { file: file.file, line, field: fieldName(found.path), message: found.message }
}

// A field that the schema refused may be refused by Spark as well, in the same words or as a consequence.
function withoutEchoes(problems: FileProblem[]): FileProblem[] {
  const seen = new Set<string>()
  return problems.filter(({ file, line, field, message }) => {
    const key = JSON.stringify([file, line, field, message])
    return !seen.has(key) && seen.add(key)
  })
}

function sorted(problems: FileProblem[]): FileProblem[] {
  return problems.toSorted((a, b) => a.file.localeCompare(b.file) || a.line - b.line)
}
