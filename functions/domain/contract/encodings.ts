import { nearest } from './checks/suggest.ts'
import names from './encodings.json' with { type: 'json' }

/**
 * encodings.json: text encodings whose bytes Java's and Python's decoders read alike, undefined ones refused by both, since the job uses
 * the one for some files and the other for others (test/glue/test_encodings.py asks both). Each has the other names that both know;
 * upper and lower case are the same.
 */
const KNOWN = new Set(Object.entries(names).flatMap(([name, others]) => [name, ...others]))

/** What is wrong with the name of an encoding, and which one to write; undefined when files in it can be read. */
export function encodingProblem(written: string): string | undefined {
  const name = written.trim().toLowerCase()
  if (KNOWN.has(written.toLowerCase())) return undefined
  const near = KNOWN.has(name) ? name : nearest(name, KNOWN)
  const hint = near === undefined ? 'save the files as utf-8' : `did you mean ${near}?`
  return `"${written}" is not an encoding whose bytes Java and Python read alike; ${hint}`
}
