import { type Document, isMap, isScalar, isSeq, LineCounter, type Node, type Pair, parseDocument, Scalar, visit, type YAMLMap } from 'yaml'

/** The line (from 1) of a field; `textLine` counts lines (from 0) within a text that spans several. */
export type LineOf = (path: (string | number)[], textLine?: number) => number

export type ReadYaml = { value: unknown; lineOf: LineOf } | { problems: { line: number; message: string }[] }

/**
 * The text of a contract file is at most this long. A table of more columns than fit has no place in a CloudFormation template, and a
 * larger text takes seconds to parse.
 */
export const CONTRACT_LIMIT_BYTES = 512 * 1024

/** A mapping of fields with the line of each, or what is wrong with the YAML; never throws. */
export function readYaml(text: string): ReadYaml {
  if (text.length > CONTRACT_LIMIT_BYTES) {
    const message = `is ${Math.ceil(text.length / 1024)} KB long; a contract is at most ${CONTRACT_LIMIT_BYTES / 1024} KB. Keep wide data in a map or struct column`
    return { problems: [{ line: 1, message }] }
  }
  const lines = new LineCounter()
  // Looked for below: the library's own way compares each key with every other.
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: false })
  const problems = document.errors.length > 0 ? syntaxProblems(document, text, lines) : duplicates(document, lines)
  if (problems.length > 0) return { problems }
  if (!isMap(document.contents)) return { problems: [{ line: 1, message: 'is not a mapping of contract fields' }] }
  try {
    return { value: document.toJS(), lineOf: lineFinder(document.contents, lines) }
  } catch (error) {
    // An alias to nothing, or aliases that multiply beyond the library's limit.
    return { problems: [{ line: 1, message: error instanceof Error ? error.message : String(error) }] }
  }
}

function syntaxProblems(document: Document.Parsed, text: string, lines: LineCounter) {
  const written = text.split('\n')
  const found = document.errors.map((error) => ({
    line: lines.linePos(error.pos[0]).line || 1,
    message: (error.message.split('\n')[0] ?? error.code).replace(/ at line \d+, column \d+:?$/, ''),
  }))
  const tab = found.find(({ line }) => /^ *\t/.test(written[line - 1] ?? ''))
  if (tab) {
    const count = written.filter((line) => /^ *\t/.test(line)).length
    return [
      {
        line: tab.line,
        message: `is indented with a tab, and YAML takes spaces only${count > 1 ? ` (${count === 2 ? 'so is one more line' : `so are ${count - 1} more lines`})` : ''}`,
      },
    ]
  }
  // What follows on one line follows from the first.
  return found.filter(({ line }, index) => found.findIndex((other) => other.line === line) === index)
}

function duplicates(document: Document.Parsed, lines: LineCounter) {
  const problems: { line: number; message: string }[] = []
  visit(document, {
    Map(_, map) {
      const first = new Map<string, number>()
      for (const { key } of map.items) {
        if (!isScalar(key)) continue
        const line = lines.linePos(key.range?.[0] ?? 0).line || 1
        const earlier = first.get(String(key.value))
        if (earlier !== undefined) problems.push({ line, message: `names "${key.value}" again, which line ${earlier} has already` })
        else first.set(String(key.value), line)
      }
    },
  })
  return problems
}

function lineFinder(contents: Node, lines: LineCounter): LineOf {
  const indexes = new WeakMap<YAMLMap, Map<string, Pair>>()
  const pairOf = (map: YAMLMap, name: string) => {
    let index = indexes.get(map)
    if (!index) {
      index = new Map(map.items.filter((pair) => isScalar(pair.key)).map((pair) => [String((pair.key as Scalar).value), pair]))
      indexes.set(map, index)
    }
    return index.get(name)
  }
  return (path, textLine = 0) => {
    let node: unknown = contents
    let offset = 0
    for (const part of path) {
      if (isMap(node)) {
        const pair = pairOf(node, String(part))
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
    // The text of a block begins below its `|`; other styles are one line, or folded, where lines cannot be distinguished.
    if (isScalar(node) && node.type === Scalar.BLOCK_LITERAL) return line + 1 + textLine
    return line
  }
}
