import { compile, expressionIn } from '../expressions/evaluate.ts'
import type { Json, JsonObject } from '../types.ts'
import { type Findings, isObject } from './findings.ts'

/** Where `$states.result` exists: after a Task, a Parallel or a Map has its result. */
const WITH_RESULT = new Set(['Task', 'Parallel', 'Map'])
/** These hold states of their own, which are checked as such. */
const NESTED = new Set(['Branches', 'ItemProcessor'])

/** Every expression parses, and names only the parts of `$states` that exist in its field. */
export function checkExpressions(state: JsonObject, at: string, findings: Findings): void {
  for (const [field, value] of Object.entries(state)) {
    if (NESTED.has(field) || value === undefined) continue
    const isEnd = field === 'Output' || field === 'Assign'
    visit(value, `${at}/${field}`, isEnd && WITH_RESULT.has(state.Type as string) ? ['result'] : [], findings)
  }
}

function visit(value: Json, at: string, parts: string[], findings: Findings): void {
  const expression = expressionIn(value)
  if (expression !== undefined) checkOne(expression, at, parts, findings)
  else if (Array.isArray(value)) for (const [i, item] of value.entries()) visit(item, `${at}[${i}]`, parts, findings)
  else if (isObject(value)) {
    const isCatcher = /\/Catch\[\d+\]$/.test(at)
    for (const [key, item] of Object.entries(value)) {
      visit(item, `${at}/${key}`, isCatcher && (key === 'Output' || key === 'Assign') ? ['errorOutput'] : parts, findings)
    }
  }
}

function checkOne(expression: string, at: string, parts: string[], findings: Findings): void {
  try {
    compile(expression)
  } catch (thrown) {
    findings.add(at, `The JSONata expression '${expression}' cannot be parsed: ${(thrown as Error).message}`)
    return
  }
  for (const part of ['result', 'errorOutput']) {
    if (parts.includes(part) || !new RegExp(`\\$states\\s*\\.\\s*${part}\\b`).test(withoutStrings(expression))) continue
    findings.add(at, `$states.${part} does not exist in this field`)
  }
}

/** What is quoted is text and refers to nothing. */
const withoutStrings = (expression: string) => expression.replace(/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'/g, "''")
