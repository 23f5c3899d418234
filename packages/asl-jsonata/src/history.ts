import { runtimeError } from './errors.ts'
import { MAX_HISTORY_EVENTS } from './limits.ts'
import type { Json } from './types.ts'

export interface HistoryEvent {
  id: number
  previousEventId: number
  /** Milliseconds since the epoch. */
  timestamp: number
  type: string
  [details: string]: unknown
}

/** The position of one line of execution in the history; branches have their own. */
export interface Cursor {
  id: number
}

/** The events of one execution, as GetExecutionHistory shows them. */
export class History {
  constructor(
    readonly events: HistoryEvent[],
    private readonly now: () => number,
  ) {}

  record(cursor: Cursor, type: string, details?: Record<string, unknown>): number {
    const last = this.events.length + 1
    if (last >= MAX_HISTORY_EVENTS && !isFinal(type)) {
      throw runtimeError(`The execution reached the maximum number of history events (${MAX_HISTORY_EVENTS}).`)
    }
    const event: HistoryEvent = { id: last, previousEventId: cursor.id, timestamp: this.now(), type }
    if (details) event[detailsKey(type)] = details
    this.events.push(event)
    cursor.id = last
    return last
  }
}

const isFinal = (type: string) => /^Execution(Succeeded|Failed|TimedOut|Aborted)$/.test(type)

function detailsKey(type: string): string {
  if (type.endsWith('StateEntered')) return 'stateEnteredEventDetails'
  if (type.endsWith('StateExited')) return 'stateExitedEventDetails'
  return `${type.charAt(0).toLowerCase()}${type.slice(1)}EventDetails`
}

/** A payload field as events carry it: a string beside the note that it is whole. */
export function payload(field: 'input' | 'output', value: Json): Record<string, unknown> {
  return { [field]: JSON.stringify(value), [`${field}Details`]: { truncated: false } }
}
