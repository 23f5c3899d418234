import type { ExecutionRecord, MapRunRecord } from '../records.ts'

export interface StateMachineRecord {
  stateMachineArn: string
  name: string
  type: 'STANDARD' | 'EXPRESS'
  roleArn: string
  definition: string
  creationDate: number
  updateDate?: number
  revisionId?: string
}

/** As much of a Map as is needed. It answers at once, so that a check and the write after it are one step. */
export interface Shelf<T> {
  get(arn: string): T | undefined
  set(arn: string, record: T): unknown
  delete(arn: string): unknown
  values(): Iterable<T>
}

/** Where the service keeps what it knows. Records change while executions run; each status change is written again. */
export interface StepFunctionsStorage {
  stateMachines: Shelf<StateMachineRecord>
  executions: Shelf<ExecutionRecord>
  mapRuns: Shelf<MapRunRecord>
}

export const memoryStorage = (): StepFunctionsStorage => ({ stateMachines: new Map(), executions: new Map(), mapRuns: new Map() })
