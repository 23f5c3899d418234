import type { Json, JsonObject } from '../types.ts'
import { type Findings, isObject } from './findings.ts'

/** Transitions: none dangling, none missing, every state reachable. */
export function checkFlow(block: JsonObject, at: string, findings: Findings): void {
  const states = block.States as JsonObject
  const exists = (name: Json | undefined, location: string, field: string) => {
    if (typeof name === 'string' && Object.hasOwn(states, name)) return true
    findings.add(location, `MISSING_TRANSITION_TARGET: '${field}' names a state that does not exist: ${JSON.stringify(name)}`)
    return false
  }
  const targets = new Map<string, string[]>()
  for (const [name, state] of Object.entries(states)) {
    if (!isObject(state)) continue
    const here = `${at}/States/${name}`
    checkEnding(state, here, findings)
    const found = transitions(state).filter(({ to, field }) => exists(to, `${here}/${field}`, field))
    targets.set(
      name,
      found.map(({ to }) => to as string),
    )
  }
  if (block.StartAt === undefined || !exists(block.StartAt, `${at}/StartAt`, 'StartAt')) return
  const reached = new Set<string>()
  const queue = [block.StartAt as string]
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    if (reached.has(name)) continue
    reached.add(name)
    queue.push(...(targets.get(name) ?? []))
  }
  for (const name of Object.keys(states)) {
    if (!reached.has(name)) findings.add(`${at}/States/${name}`, `MISSING_TRANSITION_TO_STATE: State '${name}' is not reachable`)
  }
}

function checkEnding(state: JsonObject, here: string, findings: Findings): void {
  const isTerminal = state.Type === 'Succeed' || state.Type === 'Fail' || state.Type === 'Choice'
  if (isTerminal) return
  if (state.End !== undefined && typeof state.End !== 'boolean') findings.add(`${here}/End`, "'End' must be true or false")
  const endings = [state.Next !== undefined, state.End === true].filter(Boolean).length
  if (endings !== 1) findings.add(here, endings === 0 ? "The state needs 'Next' or 'End': true" : "'Next' and 'End' exclude each other")
}

function transitions(state: JsonObject): { to: Json | undefined; field: string }[] {
  const listed = (field: 'Choices' | 'Catch') =>
    (Array.isArray(state[field]) ? (state[field] as Json[]) : []).flatMap((entry, i) =>
      isObject(entry) && entry.Next !== undefined ? [{ to: entry.Next, field: `${field}[${i}]/Next` }] : [],
    )
  const named = ['Next', 'Default'].flatMap((field) => (state[field] === undefined ? [] : [{ to: state[field], field }]))
  return [...named, ...listed('Choices'), ...listed('Catch')]
}
