import { dynamodbLeases } from '../adapters/ledger/leases.ts'
import { ledgerTable } from '../adapters/ledger/table.ts'
import { snsAlertTopic } from '../adapters/messaging/alert-topic.ts'
import { s3ObjectStore } from '../adapters/s3/object-store.ts'
import { sfnExecutions } from '../adapters/step-functions/executions.ts'
import { readConfig } from '../runtime/config.ts'
import { lambda } from '../runtime/lambda.ts'
import { type ReportBackfillDeps, reportBackfill, reportBackfillInput } from '../use-cases/backfill/report-backfill.ts'

let deps: ReportBackfillDeps | undefined

/** State `Report Backfill` of backfill, after success and failure. */
export const handler = lambda(async (event: unknown) => reportBackfill(reportBackfillInput.parse(event), (deps ??= connect())))

function connect(): ReportBackfillDeps {
  const config = readConfig('LAKE_BUCKET_NAME', 'LEDGER_TABLE_NAME', 'ALERT_TOPIC_ARN', 'INGEST_STATE_MACHINE_ARN')
  return {
    executions: sfnExecutions(),
    lake: s3ObjectStore(config.LAKE_BUCKET_NAME),
    leases: dynamodbLeases(ledgerTable(config.LEDGER_TABLE_NAME), { now: () => new Date() }),
    topic: snsAlertTopic(config.ALERT_TOPIC_ARN),
    settings: { ingestStateMachineArn: config.INGEST_STATE_MACHINE_ARN },
  }
}
