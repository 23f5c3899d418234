import { MAX_VARIABLE_NAME_LENGTH } from '../limits.ts'
import type { JsonObject } from '../types.ts'
import { type Findings, isObject } from './findings.ts'

/** Every `Assign` of a state: its own, and those of its choice rules and catchers. */
function assigns(state: JsonObject): { values: JsonObject; field: string }[] {
  const listed = (['Choices', 'Catch'] as const).flatMap((field) =>
    (Array.isArray(state[field]) ? state[field] : []).map((entry, i) => ({ node: entry, field: `${field}[${i}]/Assign` })),
  )
  return [{ node: state, field: 'Assign' }, ...listed].flatMap(({ node, field }) =>
    isObject(node) && isObject(node.Assign) ? [{ values: node.Assign, field }] : [],
  )
}

/**
 * What a block's own states assign. A Catch is left out: the service lets a Parallel's Catch assign a name that its branches
 * use too (recorded), although its documentation speaks against it.
 */
export function assignedVariables(states: JsonObject): Set<string> {
  const own = Object.values(states).flatMap((state) => (isObject(state) ? assigns(state) : []))
  return new Set(own.filter(({ field }) => !field.startsWith('Catch')).flatMap(({ values }) => Object.keys(values)))
}

/** Names are short, not reserved, and not those of an outer scope, which an inner one cannot assign. */
export function checkVariables(states: JsonObject, at: string, outer: Set<string>, findings: Findings): void {
  for (const [name, state] of Object.entries(states)) {
    if (!isObject(state)) continue
    for (const { values, field } of assigns(state)) {
      for (const variable of Object.keys(values)) {
        const here = `${at}/${name}/${field}/${variable}`
        if (variable === 'states') findings.add(here, "'states' is reserved and cannot be assigned")
        if (variable.length > MAX_VARIABLE_NAME_LENGTH)
          findings.add(here, `A variable name has at most ${MAX_VARIABLE_NAME_LENGTH} characters`)
        if (!variable.endsWith('.$') && !/^[\p{L}_][\p{L}\p{N}_]*$/u.test(variable)) findings.add(here, `'${variable}' is no variable name`)
        if (outer.has(variable)) findings.add(here, `Variable '${variable}' is assigned in an outer scope; an inner one cannot assign it`)
      }
    }
  }
}
