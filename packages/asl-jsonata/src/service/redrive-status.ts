import type { ExecutionRecord } from '../records.ts'

const REDRIVABLE_MS = 14 * 24 * 3600 * 1000

/** Only what ended badly, and within 14 days, can be redriven; a Map Run's children only through their parent. */
export function redriveStatus(record: ExecutionRecord, now: number): { redriveStatus: string; redriveStatusReason?: string } {
  const { status, mapRunArn, stopDate = now } = record
  const not = (reason: string) => ({ redriveStatus: 'NOT_REDRIVABLE', redriveStatusReason: reason })
  if (status === 'RUNNING' || status === 'SUCCEEDED') return not(`Execution is ${status} and cannot be redriven`)
  if (now - stopDate > REDRIVABLE_MS) return not('Execution was closed more than 14 days ago and cannot be redriven')
  return { redriveStatus: mapRunArn ? 'REDRIVABLE_BY_MAP_RUN' : 'REDRIVABLE' }
}
