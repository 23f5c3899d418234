import { dynamodbAlertStates } from '../adapters/ledger/alert-states.ts'
import { ledgerTable } from '../adapters/ledger/table.ts'
import { snsAlertTopic } from '../adapters/messaging/alert-topic.ts'
import { s3ObjectStore } from '../adapters/s3/object-store.ts'
import { readConfig } from '../runtime/config.ts'
import { lambda } from '../runtime/lambda.ts'
import { type RaiseAlertDeps, raiseAlert, raiseAlertInput } from '../use-cases/alerts/raise-alert.ts'

let deps: RaiseAlertDeps | undefined

/** States `Warn of Quarantine Rate`, `Raise Failure Alert` and `Report Recovery` of ingest. */
export const handler = lambda(async (event: unknown) => raiseAlert(raiseAlertInput.parse(event), (deps ??= connect())))

function connect(): RaiseAlertDeps {
  const config = readConfig('LAKE_BUCKET_NAME', 'LEDGER_TABLE_NAME', 'ALERT_TOPIC_ARN')
  return {
    alertStates: dynamodbAlertStates(ledgerTable(config.LEDGER_TABLE_NAME), { now: () => new Date() }),
    topic: snsAlertTopic(config.ALERT_TOPIC_ARN),
    lake: s3ObjectStore(config.LAKE_BUCKET_NAME),
  }
}
