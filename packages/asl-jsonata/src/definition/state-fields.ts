import { expressionIn } from '../expressions/evaluate.ts'
import { MAX_WAIT_SECONDS } from '../limits.ts'
import { instant } from '../states/instant.ts'
import type { JsonObject } from '../types.ts'
import { CHOICE_FIELDS } from './fields.ts'
import { type Findings, isObject } from './findings.ts'

const isString = (value: unknown) => typeof value === 'string'

/** The fields of each Type that have a fixed form of their own. */
export function checkTypeFields(state: JsonObject, at: string, findings: Findings): void {
  switch (state.Type) {
    case 'Task':
      findings.required(state, ['Resource'], at)
      findings.literal(state, 'Resource', at, 'a string', isString)
      if (expressionIn(state.Resource) !== undefined) findings.add(`${at}/Resource`, "'Resource' must be a constant string")
      for (const field of ['TimeoutSeconds', 'HeartbeatSeconds']) findings.seconds(state, field, at)
      checkHeartbeat(state, at, findings)
      break
    case 'Wait':
      checkWait(state, at, findings)
      break
    case 'Fail':
      findings.literal(state, 'Error', at, 'a string', isString)
      findings.literal(state, 'Cause', at, 'a string', isString)
      break
    case 'Parallel':
      findings.required(state, ['Branches'], at)
      break
    case 'Map':
      findings.required(state, ['ItemProcessor'], at)
  }
  if (state.Assign !== undefined && !isObject(state.Assign)) findings.add(`${at}/Assign`, "'Assign' must be an object")
}

function checkHeartbeat({ TimeoutSeconds, HeartbeatSeconds }: JsonObject, at: string, findings: Findings): void {
  if (typeof TimeoutSeconds === 'number' && typeof HeartbeatSeconds === 'number' && HeartbeatSeconds >= TimeoutSeconds) {
    findings.add(`${at}/HeartbeatSeconds`, "'HeartbeatSeconds' must be smaller than 'TimeoutSeconds'")
  }
}

function checkWait(state: JsonObject, at: string, findings: Findings): void {
  const given = ['Seconds', 'Timestamp'].filter((field) => state[field] !== undefined)
  if (given.length !== 1) findings.add(at, "A Wait state has exactly one of 'Seconds' and 'Timestamp'")
  const isWait = (value: unknown) => Number.isInteger(value) && (value as number) >= 0 && (value as number) <= MAX_WAIT_SECONDS
  findings.literal(state, 'Seconds', at, `an integer between 0 and ${MAX_WAIT_SECONDS}`, isWait)
  findings.literal(state, 'Timestamp', at, 'an RFC 3339 timestamp', (value) => isString(value) && instant(value as string) !== undefined)
}

export function checkChoice(state: JsonObject, at: string, where: string, findings: Findings): void {
  if (!Array.isArray(state.Choices) || state.Choices.length === 0) {
    findings.add(`${at}/Choices`, "'Choices' must be an array of at least one rule")
    return
  }
  for (const [i, rule] of state.Choices.entries()) {
    const here = `${at}/Choices[${i}]`
    if (!isObject(rule)) {
      findings.add(here, 'A choice rule must be an object')
      continue
    }
    findings.unknownFields(rule, CHOICE_FIELDS, here, where)
    findings.required(rule, ['Condition', 'Next'], here)
    findings.literal(rule, 'Condition', here, 'true, false or a JSONata expression', (value) => typeof value === 'boolean')
  }
}
