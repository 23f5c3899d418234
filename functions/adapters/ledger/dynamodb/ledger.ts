import type { Clock } from '../../../ports/clock.ts'
import { dynamodbAlertStates } from './alert-states.ts'
import { dynamodbAnnouncements } from './announcements.ts'
import { dynamodbBatches } from './batches.ts'
import { dynamodbExtracts } from './extracts.ts'
import { dynamodbFlows } from './flows.ts'
import { dynamodbJobSlots } from './job-slots.ts'
import { dynamodbJobTimes } from './job-times.ts'
import { dynamodbLandings } from './landings.ts'
import { dynamodbLeases } from './leases.ts'
import { dynamodbMisplacedFiles } from './misplaced-files.ts'
import { dynamodbPauses } from './pauses.ts'
import { dynamodbSweepCursors } from './sweep-cursors.ts'
import { ledgerTable } from './table.ts'

/** Every capability of the ledger, over one client. */
export function dynamodbLedger(tableName: string, clock: Clock, table = ledgerTable(tableName)) {
  return {
    landings: dynamodbLandings(table, clock),
    flows: dynamodbFlows(table),
    pauses: dynamodbPauses(table),
    misplaced: dynamodbMisplacedFiles(table),
    batches: dynamodbBatches(table, clock),
    leases: dynamodbLeases(table, clock),
    announcements: dynamodbAnnouncements(table),
    jobSlots: dynamodbJobSlots(table, clock),
    alertStates: dynamodbAlertStates(table),
    cursors: dynamodbSweepCursors(table),
    jobTimes: dynamodbJobTimes(table),
    extracts: dynamodbExtracts(table, clock),
  }
}
