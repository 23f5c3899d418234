import type { Json, JsonObject, QueryLanguage, Refusal } from '../types.ts'
import { BLOCK_FIELDS, COMMON_STATE_FIELDS, JSONATA_FIELDS, PROCESSOR_FIELDS, STATE_FIELDS } from './fields.ts'
import { type Findings, isObject } from './findings.ts'
import { checkFlow } from './flow.ts'
import { checkHandling } from './handling.ts'
import { checkMap } from './map-fields.ts'
import { checkChoice, checkTypeFields } from './state-fields.ts'
import { checkExpressions } from './templates.ts'
import { assignedVariables, checkVariables } from './variables.ts'

export interface Surrounding {
  /** The query language of states that name none. */
  language: QueryLanguage
  /** Variables that outer scopes assign: an inner one must not reuse the names. */
  outerVariables: Set<string>
  refuses: Refusal
}

/** Checks one `States` block and all that is nested in it. */
export function checkBlock(block: JsonObject, at: string, around: Surrounding, findings: Findings): void {
  findings.required(block, ['States', 'StartAt'], at)
  if (!isObject(block.States)) {
    if (block.States !== undefined) findings.add(`${at}/States`, "'States' must be an object of states")
    return
  }
  const variables = assignedVariables(block.States)
  checkVariables(block.States, `${at}/States`, around.outerVariables, findings)
  const inner = { ...around, outerVariables: new Set([...around.outerVariables, ...variables]) }
  for (const [name, state] of Object.entries(block.States)) {
    const here = `${at}/States/${name}`
    if (name.length > 80) findings.add(here, 'A state name has at most 80 characters')
    if (!isObject(state)) findings.add(here, 'A state must be an object')
    else checkState(name, state, here, inner, findings)
  }
  checkFlow(block, at, findings)
}

function checkState(name: string, state: JsonObject, at: string, around: Surrounding, findings: Findings): void {
  const language = languageOf(name, state, at, around, findings)
  const fields = STATE_FIELDS[state.Type as keyof typeof STATE_FIELDS]
  if (!fields) {
    findings.add(`${at}/Type`, `State '${name}' has no known 'Type': ${JSON.stringify(state.Type)}`)
    return
  }
  const where = ` (state '${name}', Type ${state.Type})`
  findings.unknownFields(state, [...COMMON_STATE_FIELDS, ...fields], at, where)
  checkTypeFields(state, at, findings)
  checkHandling(state, at, findings)
  if (state.Type === 'Task') checkResource(name, state.Resource, at, around.refuses, findings)
  if (state.Type === 'Choice') checkChoice(state, at, where, findings)
  if (state.Type === 'Map') checkMap(state, at, findings)
  if (language === 'JSONata') checkExpressions(state, at, findings)
  else checkNeutral(name, state, at, findings)
  checkInner(state, at, around, findings)
}

/** What nothing here can answer would fail in the middle of a run, or wait until its timeout. */
function checkResource(name: string, resource: Json | undefined, at: string, refuses: Refusal, findings: Findings): void {
  if (typeof resource !== 'string') return
  const reason = refuses(resource)
  if (reason !== undefined) findings.add(`${at}/Resource`, `State '${name}' cannot call '${resource}': ${reason}`)
}

function languageOf(name: string, state: JsonObject, at: string, around: Surrounding, findings: Findings): QueryLanguage {
  const own = state.QueryLanguage
  if (own !== undefined && own !== 'JSONata' && own !== 'JSONPath') {
    findings.add(`${at}/QueryLanguage`, `'QueryLanguage' must be 'JSONata' or 'JSONPath', not ${JSON.stringify(own)}`)
  }
  if (own === 'JSONPath' && around.language === 'JSONata') {
    const message = "'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine"
    findings.add(`${at}/QueryLanguage`, `${message} (state '${name}', field 'QueryLanguage')`)
  }
  const language = own === 'JSONata' || (own === undefined && around.language === 'JSONata') ? 'JSONata' : 'JSONPath'
  state.QueryLanguage = language
  return language
}

/** A state left in JSONPath runs when it reads alike in both languages: no field of either, no path among its values. */
function checkNeutral(name: string, state: JsonObject, at: string, findings: Findings): void {
  for (const field of Object.keys(state)) {
    if (!JSONATA_FIELDS.has(field)) continue
    findings.add(`${at}/${field}`, `Field '${field}' needs "QueryLanguage": "JSONata" (state '${name}')`)
  }
  const seek = (node: unknown, here: string): void => {
    if (Array.isArray(node)) for (const [i, item] of node.entries()) seek(item, `${here}[${i}]`)
    if (!isObject(node)) return
    for (const [key, value] of Object.entries(node)) {
      if (key.endsWith('.$'))
        findings.add(`${here}/${key}`, `Field '${key}' is JSONPath only; this machine must be JSONata (state '${name}')`)
      seek(value, `${here}/${key}`)
    }
  }
  seek(state.Assign, `${at}/Assign`)
}

function checkInner(state: JsonObject, at: string, around: Surrounding, findings: Findings): void {
  // An inner scope keeps the machine's language, not the one its Parallel or Map chose for itself.
  if (state.Type === 'Parallel') {
    const branches = Array.isArray(state.Branches) ? state.Branches : []
    if (branches.length === 0) findings.add(`${at}/Branches`, "'Branches' must be an array of at least one state machine")
    for (const [i, branch] of branches.entries()) {
      if (!isObject(branch)) continue
      findings.unknownFields(branch, BLOCK_FIELDS, `${at}/Branches[${i}]`)
      checkBlock(branch, `${at}/Branches[${i}]`, around, findings)
    }
  }
  if (state.Type === 'Map' && isObject(state.ItemProcessor)) {
    const config = state.ItemProcessor.ProcessorConfig
    const isDistributed = isObject(config) && config.Mode === 'DISTRIBUTED'
    findings.unknownFields(state.ItemProcessor, PROCESSOR_FIELDS, `${at}/ItemProcessor`)
    // Children of a Distributed Map are executions of their own and see no outer variable.
    const outerVariables = isDistributed ? new Set<string>() : around.outerVariables
    checkBlock(state.ItemProcessor, `${at}/ItemProcessor`, { ...around, outerVariables }, findings)
  }
}
