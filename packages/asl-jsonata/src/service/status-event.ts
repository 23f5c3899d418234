import type { ExecutionRecord } from '../records.ts'
import { redriveStatus } from './redrive-status.ts'

/** `detail` of the event "Step Functions Execution Status Change": every field is there, null where it has no value. */
export interface StatusChangeDetail {
  executionArn: string
  stateMachineArn: string
  name: string
  status: ExecutionRecord['status']
  startDate: number
  stopDate: number | null
  input: string
  output: string | null
  inputDetails: { included: boolean }
  outputDetails: { included: boolean } | null
  error: string | null
  cause: string | null
  stateMachineVersionArn: null
  stateMachineAliasArn: null
  redriveCount: number
  redriveDate: number | null
  redriveStatus: string
  redriveStatusReason: string | null
}

/** EventBridge takes 256 KB an event: the service leaves out payloads that would not fit. */
const MAX_PAYLOADS_BYTES = 248 * 1024

export function statusChangeDetail(record: ExecutionRecord, now: number): StatusChangeDetail {
  const input = JSON.stringify(record.input)
  const output = record.output === undefined ? null : JSON.stringify(record.output)
  const included = Buffer.byteLength(input) + Buffer.byteLength(output ?? '') <= MAX_PAYLOADS_BYTES
  const redrive = redriveStatus(record, now)
  return {
    executionArn: record.executionArn,
    stateMachineArn: record.stateMachineArn,
    name: record.name,
    status: record.status,
    startDate: record.startDate,
    stopDate: record.stopDate ?? null,
    input: included ? input : '',
    output: included ? output : null,
    inputDetails: { included },
    outputDetails: output === null ? null : { included },
    error: record.status === 'TIMED_OUT' ? null : (record.error ?? null),
    cause: record.cause ?? null,
    stateMachineVersionArn: null,
    stateMachineAliasArn: null,
    redriveCount: record.redriveCount,
    redriveDate: record.redriveDate ?? null,
    redriveStatus: redrive.redriveStatus,
    redriveStatusReason: redrive.redriveStatusReason ?? null,
  }
}
