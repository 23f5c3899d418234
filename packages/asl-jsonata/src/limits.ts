import { dataLimitExceeded } from './errors.ts'
import type { Json } from './types.ts'

/** Quotas of the service, kept so that breaking them is seen on the laptop. */
export const MAX_PAYLOAD_BYTES = 262_144
export const MAX_HISTORY_EVENTS = 25_000
export const MAX_WAIT_SECONDS = 99_999_999
export const MAX_VARIABLE_NAME_LENGTH = 80
/** Not a quota of the service's: an expression that never ends would take the laptop with it. */
export const MAX_EXPRESSION_MS = 10_000

export function payloadBytes(value: Json): number {
  return Buffer.byteLength(JSON.stringify(value), 'utf8')
}

/** `what` is the state or task that produced the value. */
export function checkPayload<T extends Json>(value: T, what: string): T {
  if (payloadBytes(value) > MAX_PAYLOAD_BYTES) throw dataLimitExceeded(what)
  return value
}
