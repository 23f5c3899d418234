import type { JsonObject } from '../types.ts'
import { CATCHER_FIELDS, RETRIER_FIELDS } from './fields.ts'
import { type Findings, isObject } from './findings.ts'

/** Retry and Catch. */
export function checkHandling(state: JsonObject, at: string, findings: Findings): void {
  each(state, 'Retry', RETRIER_FIELDS, at, findings, (retrier, here) => {
    findings.positiveInteger(retrier, 'IntervalSeconds', here)
    findings.count(retrier, 'MaxAttempts', here)
    findings.literal(retrier, 'BackoffRate', here, 'a number of at least 1', (value) => typeof value === 'number' && value >= 1)
    findings.positiveInteger(retrier, 'MaxDelaySeconds', here)
    findings.literal(retrier, 'JitterStrategy', here, "'FULL' or 'NONE'", (value) => value === 'FULL' || value === 'NONE')
    const { IntervalSeconds = 1, MaxDelaySeconds } = retrier as { IntervalSeconds?: number; MaxDelaySeconds?: number }
    if (MaxDelaySeconds !== undefined && MaxDelaySeconds <= IntervalSeconds) {
      findings.add(`${here}/MaxDelaySeconds`, "'MaxDelaySeconds' must be greater than 'IntervalSeconds'")
    }
  })
  each(state, 'Catch', CATCHER_FIELDS, at, findings, (catcher, here) => {
    findings.required(catcher, ['Next'], here)
  })
}

function each(
  state: JsonObject,
  field: 'Retry' | 'Catch',
  known: string[],
  at: string,
  findings: Findings,
  check: (entry: JsonObject, here: string) => void,
): void {
  const entries = state[field]
  if (entries === undefined) return
  if (!Array.isArray(entries)) {
    findings.add(`${at}/${field}`, `'${field}' must be an array`)
    return
  }
  for (const [i, entry] of entries.entries()) {
    const here = `${at}/${field}[${i}]`
    if (!isObject(entry)) {
      findings.add(here, `An entry of '${field}' must be an object`)
      continue
    }
    findings.unknownFields(entry, known, here)
    checkErrorEquals(entry.ErrorEquals, i === entries.length - 1, here, findings)
    check(entry, here)
  }
}

function checkErrorEquals(names: unknown, isLast: boolean, here: string, findings: Findings): void {
  if (!Array.isArray(names) || names.length === 0 || names.some((name) => typeof name !== 'string')) {
    findings.add(`${here}/ErrorEquals`, "'ErrorEquals' must be an array of at least one error name")
  } else if (names.includes('States.ALL') && (names.length > 1 || !isLast)) {
    findings.add(`${here}/ErrorEquals`, "'States.ALL' must be the only error, in the last entry")
  }
}
