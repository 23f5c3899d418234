import { crossFieldProblems } from './checks/contract-checks.ts'
import type { ContractProblem } from './checks/problem.ts'
import { type Contract, contractSchema, contractVersion } from './contract.ts'
import { type ContractDraft, readDraft } from './draft.ts'
import { describeIssue } from './issues.ts'
import { type LineOf, readYaml } from './yaml.ts'

/** One thing wrong with a contract file, as a person needs it: where, which field, what to do. */
export interface FileProblem {
  file: string
  /** 1-based. */
  line: number
  field: string
  message: string
}

/** A contract file that was read, with a way to find the line of any of its fields. */
export type ParsedContract =
  | { ok: true; contract: Contract; draft: ContractDraft; lineOf: LineOf }
  /** `draft` is there unless the YAML itself is broken. */
  | { ok: false; problems: FileProblem[]; draft?: ContractDraft; lineOf?: LineOf }

/**
 * Reads one `datasets/<dataset>.yml`. Never throws: all problems come back at once, each with file, line and field.
 * @param expectedName the file's name without its ending, which must be the dataset's name
 */
export function parseContract(text: string, file: string, expectedName?: string): ParsedContract {
  const yaml = readYaml(text)
  if ('problems' in yaml) return { ok: false, problems: yaml.problems.map((problem) => ({ file, field: '(YAML)', ...problem })) }

  const { value, lineOf } = yaml
  const draft = readDraft(value)
  const parsed = contractSchema.safeParse(value, { reportInput: true })
  const problems: ContractProblem[] = parsed.success ? [] : parsed.error.issues.flatMap(describeIssue)
  problems.push(...crossFieldProblems(draft))
  if (expectedName !== undefined && draft.dataset !== undefined && draft.dataset !== expectedName) {
    problems.push({ path: ['dataset'], message: `is "${draft.dataset}" but the file is named ${expectedName}; they must be the same` })
  }
  if (parsed.success && problems.length === 0) {
    return { ok: true, contract: { ...parsed.data, version: contractVersion(parsed.data) }, draft, lineOf }
  }
  const located = problems.map(({ path, message }) => ({ file, line: lineOf(path), field: fieldName(path), message }))
  return { ok: false, problems: located, draft, lineOf }
}

/** `['columns', 'amount', 'format']` → `columns.amount.format`; list positions as `primary_key[0]`. */
export function fieldName(path: (string | number)[]): string {
  if (path.length === 0) return '(contract)'
  return path.reduce<string>((name, part) => (typeof part === 'number' ? `${name}[${part}]` : name === '' ? part : `${name}.${part}`), '')
}
