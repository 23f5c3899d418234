import { InvalidDefinitionError } from '../errors.ts'
import type { JsonObject, Refusal, StateMachineDefinition } from '../types.ts'
import { checkBlock } from './block.ts'
import { MACHINE_FIELDS } from './fields.ts'
import { Findings, isObject } from './findings.ts'

/** Reads and checks a definition; what comes back can be run. Every problem found is in the error. */
export function loadDefinition(definition: unknown, refuses: Refusal = () => undefined): StateMachineDefinition {
  const findings = new Findings()
  const root = parsed(definition, findings)
  if (root) checkMachine(root, refuses, findings)
  if (findings.problems.length > 0) throw new InvalidDefinitionError(findings.problems)
  return root as unknown as StateMachineDefinition
}

function parsed(definition: unknown, findings: Findings): JsonObject | undefined {
  try {
    // A copy: loading fills in each state's QueryLanguage.
    const value: unknown = JSON.parse(typeof definition === 'string' ? definition : (JSON.stringify(definition) ?? 'null'))
    if (isObject(value)) return value
    findings.add('/', 'Definition must be a valid JSON object')
  } catch (thrown) {
    findings.add('/', `Definition is no JSON: ${(thrown as Error).message}`)
  }
  return undefined
}

function checkMachine(root: JsonObject, refuses: Refusal, findings: Findings): void {
  const language = root.QueryLanguage
  if (language !== undefined && language !== 'JSONata' && language !== 'JSONPath') {
    findings.add('/QueryLanguage', `'QueryLanguage' must be 'JSONata' or 'JSONPath', not ${JSON.stringify(language)}`)
  }
  findings.unknownFields(root, MACHINE_FIELDS, '')
  findings.seconds(root, 'TimeoutSeconds', '')
  if (language !== 'JSONata' && !anyJsonata(root)) {
    const first = isObject(root.States) ? Object.keys(root.States)[0] : undefined
    const at = first === undefined ? '/QueryLanguage' : `/States/${first}/QueryLanguage`
    findings.add(at, `Only JSONata state machines run here: set "QueryLanguage": "JSONata" (state '${first ?? ''}', field 'QueryLanguage')`)
  }
  checkBlock(root, '', { language: language === 'JSONata' ? 'JSONata' : 'JSONPath', outerVariables: new Set(), refuses }, findings)
}

/** A machine may leave the language to its states: one of them, at any depth, must name JSONata. */
function anyJsonata(node: unknown): boolean {
  if (Array.isArray(node)) return node.some(anyJsonata)
  if (!isObject(node)) return false
  return node.QueryLanguage === 'JSONata' || Object.values(node).some(anyJsonata)
}
