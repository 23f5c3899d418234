import { checkOrder } from '../../functions/domain/contract/checks/order.ts'
import type { ContractProblem } from '../../functions/domain/contract/checks/problem.ts'
import type { Contract } from '../../functions/domain/contract/contract.ts'
import { type DerivedTypes, derivedFrom } from '../../functions/domain/contract/derived-types.ts'
import { type FileProblem, fieldName } from '../../functions/domain/contract/file.ts'
import type { ContractFile } from '../../functions/domain/contract/folder.ts'
import { readContractsFolder } from '../../infra/packaging/contract-files.ts'
import { rememberDerivedTypes } from './derived-types.ts'
import { askSpark, type SparkFindings } from './spark-check.ts'

export interface CheckedContracts {
  /** The contracts that could be read; trust them only when there are no problems. */
  contracts: Contract[]
  /** Of each good contract that derives columns. */
  derivedTypes: DerivedTypes
  /** Of each gold dataset: column → pairs of source dataset and column. */
  madeOf: Record<string, SparkFindings['madeOf']>
  /** Sorted by file and line. */
  problems: FileProblem[]
}

/** Everything that is wrong with the contracts of a folder, from YAML to what Spark and Deequ make of them. */
export async function checkContracts(folder: string): Promise<CheckedContracts> {
  const { files, problems } = await readContractsFolder(folder)
  const askable = files.filter((file) => file.draft?.columns !== undefined)
  const derivedTypes: DerivedTypes = {}
  const madeOf: CheckedContracts['madeOf'] = {}
  try {
    const findings = await askSpark(askable.flatMap(({ draft }) => (draft ? [draft] : [])))
    askable.forEach((file, index) => {
      const found = findingsOf(file, findings[index])
      problems.push(...withoutEchoes(file, found, problems))
      if (file.contract?.gold) madeOf[file.contract.dataset] = findings[index]?.madeOf ?? {}
      if (!file.contract || found.length > 0 || Object.keys(file.contract.derive).length === 0) return
      const types = findings[index]?.derivedTypes ?? {}
      rememberDerivedTypes(file.contract, types)
      derivedTypes[file.contract.dataset] = { of: derivedFrom(file.contract), types }
    })
  } catch (error) {
    problems.push({ file: folder, line: 1, field: '(Spark)', message: error instanceof Error ? error.message : String(error) })
  }
  const contracts = files.flatMap(({ contract }) => (contract ? [contract] : []))
  return { contracts, derivedTypes, madeOf, problems: sorted(problems) }
}

type Found = SparkFindings['problems'][number]

/** What Spark finds, and what follows from the types that it gives to derived columns. */
function findingsOf({ draft }: ContractFile, findings: SparkFindings | undefined): Found[] {
  const ordered: ContractProblem[] = []
  if (draft && findings) checkOrder(draft, (path, message) => ordered.push({ path, message }), findings.derivedTypes)
  return [...(findings?.problems ?? []), ...ordered]
}

// A field that was refused already may be refused by Spark as well, as a consequence; every rule of `quality` is a problem of its own.
function withoutEchoes(file: ContractFile, found: Found[], problems: FileProblem[]): FileProblem[] {
  const refused = new Set(problems.filter((problem) => problem.file === file.file).map(({ field }) => field))
  return found.map((problem) => locate(file, problem)).filter(({ field }) => field === 'quality' || !refused.has(field))
}

function locate(file: ContractFile, found: Found): FileProblem {
  const line = file.lineOf?.(found.path, found.textLine) ?? 1
  return { file: file.file, line, field: fieldName(found.path), message: found.message }
}

function sorted(problems: FileProblem[]): FileProblem[] {
  return problems.toSorted((a, b) => a.file.localeCompare(b.file) || a.line - b.line)
}
