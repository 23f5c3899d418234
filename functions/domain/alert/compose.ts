import { type CommandTarget, sluiceCommand } from '../command/next-command.ts'
import type { Alert } from './alert.ts'
import { type FactsOf, KINDS, type Trouble } from './kinds.ts'

type Facts = { dataset: string; target: CommandTarget }

/** The alert of a trouble, from its row in kinds.ts and what is known. */
export function compose<T extends Trouble>(trouble: T, facts: FactsOf<T>): Alert {
  return fromRow(trouble, KINDS[trouble] as unknown as Row<FactsOf<T> & Facts>, facts as FactsOf<T> & Facts)
}

interface Row<F> {
  kind?: string
  severity: Alert['severity'] | ((facts: F) => Alert['severity'])
  message: (facts: F) => string
  details?: (facts: F) => Partial<Alert>
  hint?: (facts: F) => string | undefined
  next: (facts: F) => string[][]
}

function fromRow<F extends Facts>(trouble: Trouble, row: Row<F>, facts: F): Alert {
  const hint = row.hint?.(facts)
  return {
    kind: row.kind ?? trouble,
    severity: typeof row.severity === 'function' ? row.severity(facts) : row.severity,
    stage: facts.target.stage,
    dataset: facts.dataset,
    message: row.message(facts),
    ...row.details?.(facts),
    ...(hint && { hint }),
    next: row.next(facts).map((words) => sluiceCommand(words, facts.target)),
  }
}
