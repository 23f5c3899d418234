import { compose } from '../runtime/compose.ts'
import { executions, lake, leases, topic } from '../runtime/connections.ts'
import { lambda } from '../runtime/lambda.ts'
import { ingestStateMachineArn, target } from '../runtime/settings.ts'
import { reportBackfill, reportBackfillInput } from '../use-cases/backfill/report-backfill.ts'

const world = compose({ executions, lake, leases, topic, target, settings: compose({ ingestStateMachineArn }) })

/** State `Report Backfill` of backfill, after success and failure. */
export const handler = lambda(async (event: unknown) => reportBackfill(reportBackfillInput.parse(event), world()))
