import { isMap, isPair, isScalar, LineCounter, type Node, parseDocument } from 'yaml'
import type { z } from 'zod'
import { type Contract, type ContractProblem, contractSchema, contractVersion, crossFieldProblems } from './contract.ts'

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
  | { ok: true; contract: Contract; lineOf: (path: (string | number)[]) => number }
  | { ok: false; problems: FileProblem[] }

/**
 * Reads one `datasets/<dataset>.yml`. Never throws: all problems come back at once, each with file, line and field.
 * @param expectedName the file's name without its ending, which must be the dataset's name
 */
export function parseContract(text: string, file: string, expectedName?: string): ParsedContract {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true })
  if (document.errors.length > 0) {
    const problems = document.errors.map((error) => ({
      file,
      line: lines.linePos(error.pos[0]).line || 1,
      field: '(YAML)',
      message: error.message.split('\n')[0]?.replace(/ at line \d+, column \d+:?$/, '') ?? error.code,
    }))
    return { ok: false, problems }
  }
  if (!isMap(document.contents)) {
    return { ok: false, problems: [{ file, line: 1, field: '(YAML)', message: 'is not a mapping of contract fields' }] }
  }
  const lineOf = (path: (string | number)[]) => lineOfPath(document.contents as Node, path, lines)
  const locate = ({ path, message }: ContractProblem): FileProblem => ({ file, line: lineOf(path), field: fieldName(path), message })

  const parsed = contractSchema.safeParse(document.toJS())
  if (!parsed.success) return { ok: false, problems: parsed.error.issues.flatMap(describeIssue).map(locate) }
  const problems = crossFieldProblems(parsed.data)
  if (expectedName !== undefined && parsed.data.dataset !== expectedName) {
    problems.push({
      path: ['dataset'],
      message: `is "${parsed.data.dataset}" but the file is named ${expectedName}; they must be the same`,
    })
  }
  if (problems.length > 0) return { ok: false, problems: problems.map(locate) }
  return { ok: true, contract: { ...parsed.data, version: contractVersion(parsed.data) }, lineOf }
}

/** `['columns', 'amount', 'format']` → `columns.amount.format`; list positions as `primary_key[0]`. */
export function fieldName(path: (string | number)[]): string {
  if (path.length === 0) return '(contract)'
  return path.reduce<string>((name, part) => (typeof part === 'number' ? `${name}[${part}]` : name === '' ? part : `${name}.${part}`), '')
}

function describeIssue(issue: z.core.$ZodIssue): ContractProblem[] {
  const path = issue.path.map((part) => (typeof part === 'symbol' ? String(part) : part))
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ path: [...path, key], message: 'is not a field of a contract' }))
  }
  if (issue.code === 'invalid_key') {
    return [{ path, message: issue.issues[0]?.message ?? 'is not a safe name' }]
  }
  if (issue.code === 'invalid_union') {
    const closest = issue.errors.find((errors) => errors.every((error) => error.path.length > 0)) ?? []
    const nested = closest.flatMap((error) => describeIssue({ ...error, path: [...path, ...error.path] } as z.core.$ZodIssue))
    return nested.length > 0 ? nested : [{ path, message: 'must be a Spark SQL type, or { type, format }' }]
  }
  if (issue.code === 'invalid_type' && issue.input === undefined && /received undefined/.test(issue.message)) {
    return [{ path, message: 'is missing' }]
  }
  return [{ path, message: issue.message.replace(/^Invalid input: /, '') }]
}

function lineOfPath(contents: Node, path: (string | number)[], lines: LineCounter): number {
  let node: unknown = contents
  let offset = 0
  for (const part of path) {
    if (isMap(node)) {
      const pair = node.items.find((item) => isPair(item) && isScalar(item.key) && String(item.key.value) === String(part))
      if (!pair) break
      offset = (pair.key as Node).range?.[0] ?? offset
      node = pair.value
    } else if (node && typeof node === 'object' && 'items' in node && typeof part === 'number') {
      const item = (node as { items: unknown[] }).items[part]
      if (!item) break
      offset = (item as Node).range?.[0] ?? offset
      node = item
    } else break
  }
  return lines.linePos(offset).line || 1
}
