import type { Statement, Value } from '../../template/template.ts'

/** What a kind of stream needs beside the function. */
export interface StreamParts {
  /** Properties of the event source mapping. */
  mapping: Record<string, Value>
  /** What its poller asks of the function's role. */
  statements: Statement[]
  /** On metrics of the function, by logical id. `name`: its line in docs/operations.md. */
  alarms: Record<string, { name: string; description: string; properties: Record<string, Value> }>
}
