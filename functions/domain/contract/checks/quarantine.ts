import type { ContractDraft } from '../draft.ts'
import type { Say } from './problem.ts'

/** Reasons that the job gives by itself; those with a column behind them are `invalid_type:<column>` and so on. */
export const BUILT_IN = new Set([
  'malformed_record',
  'invalid_type',
  'invalid_derive',
  'invalid_delete_when',
  'missing_column',
  'null_key',
  'null_partition',
  'missing_reference',
  'waiting_for',
])

export function checkQuarantine({ rules, warnRate, haltRate }: ContractDraft, say: Say): void {
  for (const name of rules.keys()) {
    const path = ['quarantine', 'rules', name]
    if (BUILT_IN.has(name.toLowerCase())) say(path, `"${name}" is a reason that Sluice gives by itself; give the rule another name`)
    else if (/^_/.test(name)) say(path, `"${name}" begins with _, as names of Sluice's own do; give the rule another name`)
  }
  const halt = haltRate ?? 1
  if (warnRate !== undefined && warnRate > halt && warnRate <= 1) {
    say(['quarantine', 'warn_rate'], `is above halt_rate (${halt}); the batch would stop before it warned`)
  }
}
