import type { QuarantineFacts } from '../facts.ts'
import { HIDDEN } from '../preview.ts'

/** Examples without the values of these columns. The raw record holds all of them, so it goes too. */
export function withoutHidden(quarantine: QuarantineFacts, hidden: string[]): QuarantineFacts {
  if (hidden.length === 0) return quarantine
  const names = new Set([...hidden, '_raw_record', '_raw_bytes'])
  const shown = ([name, value]: [string, string | null]) => [name, names.has(name) && value !== null ? HIDDEN : value]
  const reasons = quarantine.reasons.map((reason) => ({
    ...reason,
    examples: reason.examples.map((example) => Object.fromEntries(Object.entries(example).map(shown))),
  }))
  return { ...quarantine, reasons }
}
