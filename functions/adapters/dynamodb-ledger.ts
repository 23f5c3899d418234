import type { Clock } from '../ports.ts'
import { dynamodbAlertStates } from './dynamodb-alert-states.ts'
import { dynamodbBatches } from './dynamodb-batches.ts'
import { dynamodbFlows } from './dynamodb-flows.ts'
import { dynamodbJobTimes } from './dynamodb-job-times.ts'
import { dynamodbLandings } from './dynamodb-landings.ts'
import { dynamodbLeases } from './dynamodb-leases.ts'
import { dynamodbSweepCursors } from './dynamodb-sweep-cursors.ts'
import { ledgerTable } from './ledger-table.ts'

/** Every capability of the ledger, over one client. */
export function dynamodbLedger(tableName: string, clock: Clock, table = ledgerTable(tableName)) {
  return {
    landings: dynamodbLandings(table, clock),
    flows: dynamodbFlows(table),
    batches: dynamodbBatches(table, clock),
    leases: dynamodbLeases(table, clock),
    alertStates: dynamodbAlertStates(table, clock),
    cursors: dynamodbSweepCursors(table),
    jobTimes: dynamodbJobTimes(table),
  }
}
