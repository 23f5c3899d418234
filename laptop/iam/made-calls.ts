import type { Call } from './call.ts'

/** A call as it came over the wire, under which role. */
export interface MadeCall {
  role: string
  service: string
  operation: string
  parameters: Record<string, unknown>
}

/** Services that speak JSON: their calls can be read without a model of each operation. */
const JSON_SERVICES = new Set(['glue', 'dynamodb', 'sqs', 'states'])

/** Remembers one call of each kind, by role, operation and the parameters that it has: what a day of calls looks like, in little memory. */
export function createMadeCalls() {
  const byKind = new Map<string, MadeCall>()
  return {
    note(role: string, { service, operation, body }: Call) {
      if (!JSON_SERVICES.has(service) || operation === undefined) return
      const parameters = JSON.parse(body || '{}') as Record<string, unknown>
      const kind = [role, service, operation, ...Object.keys(parameters).sort()].join(' ')
      if (!byKind.has(kind)) byKind.set(kind, { role, service, operation, parameters })
    },
    all: (): MadeCall[] => [...byKind.values()],
  }
}
