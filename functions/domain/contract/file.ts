import { type Document, isMap, isPair, isScalar, isSeq, LineCounter, type Node, parseDocument, Scalar } from 'yaml'
import { type Contract, contractSchema, contractVersion } from './contract.ts'
import { type ContractDraft, readDraft } from './draft.ts'
import { describeIssue } from './issues.ts'
import { type ContractProblem, crossFieldProblems } from './problems.ts'

/** One thing wrong with a contract file, as a person needs it: where, which field, what to do. */
export interface FileProblem {
  file: string
  /** 1-based. */
  line: number
  field: string
  message: string
}

/** The line of a field; `textLine` counts lines (from 0) within a text that spans several. */
export type LineOf = (path: (string | number)[], textLine?: number) => number

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
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true })
  const yaml = readYaml(document, lines)
  if ('problems' in yaml) return { ok: false, problems: yaml.problems.map((problem) => ({ file, field: '(YAML)', ...problem })) }

  const lineOf: LineOf = (path, textLine) => lineOfPath(document.contents as Node, path, lines, textLine)
  const draft = readDraft(yaml.value)
  const parsed = contractSchema.safeParse(yaml.value)
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

function readYaml(document: Document.Parsed, lines: LineCounter): { value: unknown } | { problems: { line: number; message: string }[] } {
  if (document.errors.length > 0) {
    return {
      problems: document.errors.map((error) => ({
        line: lines.linePos(error.pos[0]).line || 1,
        message: (error.message.split('\n')[0] ?? error.code).replace(/ at line \d+, column \d+:?$/, ''),
      })),
    }
  }
  if (!isMap(document.contents)) return { problems: [{ line: 1, message: 'is not a mapping of contract fields' }] }
  try {
    return { value: document.toJS() }
  } catch (error) {
    // An alias to nothing, or aliases that multiply beyond the library's limit.
    return { problems: [{ line: 1, message: error instanceof Error ? error.message : String(error) }] }
  }
}

function lineOfPath(contents: Node, path: (string | number)[], lines: LineCounter, textLine = 0): number {
  let node: unknown = contents
  let offset = 0
  for (const part of path) {
    if (isMap(node)) {
      const pair = node.items.find((item) => isPair(item) && isScalar(item.key) && String(item.key.value) === String(part))
      if (!pair) break
      offset = (pair.key as Node).range?.[0] ?? offset
      node = pair.value
    } else if (isSeq(node) && typeof part === 'number') {
      const item = node.items[part]
      if (!item) break
      offset = (item as Node).range?.[0] ?? offset
      node = item
    } else break
  }
  const line = lines.linePos(offset).line || 1
  // The text of a block begins below its `|`; other styles are one line, or folded, where lines cannot be told apart.
  if (isScalar(node) && node.type === Scalar.BLOCK_LITERAL) return line + 1 + textLine
  return line
}
