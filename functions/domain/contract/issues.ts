import type { z } from 'zod'
import type { ContractProblem } from './checks/problem.ts'
import { didYouMean } from './checks/suggest.ts'
import { unknownField } from './field-names.ts'

/** What zod found, in words for a person who does not know zod. */
export function describeIssue(issue: z.core.$ZodIssue): ContractProblem[] {
  const path = issue.path.map((part) => (typeof part === 'symbol' ? String(part) : part))
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => ({ path: [...path, key], message: unknownField(path, key) }))
    case 'invalid_key':
      return [{ path, message: issue.issues[0]?.message ?? 'is not a safe name' }]
    case 'invalid_union':
      return describeUnion(issue, path)
    case 'invalid_type':
      return [{ path, message: describeType(issue) }]
    case 'invalid_value':
      return [{ path, message: own(issue, `must be ${listed(issue.values.map(String))}${nearTo(issue.input, issue.values.map(String))}`) }]
    case 'too_small':
      return [{ path, message: own(issue, issue.origin === 'number' ? `must be at least ${issue.minimum}` : 'is too short') }]
    case 'too_big':
      return [{ path, message: own(issue, issue.origin === 'number' ? `must be at most ${issue.maximum}` : 'is too long') }]
    default:
      return [{ path, message: issue.message.replace(/^Invalid input: /, '') }]
  }
}

function describeUnion(issue: z.core.$ZodIssueInvalidUnion, path: (string | number)[]): ContractProblem[] {
  const closest = issue.errors.find((errors) => errors.length > 0 && errors.every((error) => isInside(error))) ?? []
  const nested = closest.flatMap((error) => describeIssue({ ...error, path: [...path, ...error.path] } as z.core.$ZodIssue))
  return nested.length > 0 ? nested : [{ path, message: issue.message }]
}

// An alternative whose own shape fits (a mapping for a mapping) gives a more useful message than one that does not.
function isInside(error: z.core.$ZodIssue): boolean {
  return error.path.length > 0 || error.code === 'unrecognized_keys'
}

// Messages of the schema are more useful than general ones; zod's own begin like this.
function own(issue: z.core.$ZodIssue, otherwise: string): string {
  return /^(Too small|Too big|Invalid)/.test(issue.message) ? otherwise : issue.message
}

function describeType(issue: z.core.$ZodIssueInvalidType): string {
  const received = /received (\w+)/.exec(issue.message)?.[1] ?? 'something else'
  if (received === 'undefined') return 'is missing'
  if (issue.expected === 'int' && received === 'number') return 'must be a whole number'
  if (received === 'null') return `is empty; it must be ${KINDS[issue.expected] ?? issue.expected}`
  return `must be ${KINDS[issue.expected] ?? issue.expected}, not ${KINDS[received] ?? received}`
}

const KINDS: Record<string, string> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  record: 'a mapping',
  object: 'a mapping',
  null: 'empty',
}

const nearTo = (written: unknown, values: string[]) => (typeof written === 'string' ? didYouMean(written, values) : '')

function listed(values: string[]): string {
  return values.length === 1 ? `${values[0]}` : `one of ${values.join(', ')}`
}
