import { glueCatalog } from '../adapters/glue/catalog.ts'
import { dynamodbBatches } from '../adapters/ledger/batches.ts'
import { dynamodbLeases } from '../adapters/ledger/leases.ts'
import { ledgerTable } from '../adapters/ledger/table.ts'
import { s3Contracts } from '../adapters/s3/contracts.ts'
import { s3ObjectStore } from '../adapters/s3/object-store.ts'
import { sfnExecutions } from '../adapters/step-functions/executions.ts'
import { prepareBatchInput } from '../domain/batch/batch.ts'
import { readConfig } from '../runtime/config.ts'
import { lambda } from '../runtime/lambda.ts'
import { type PlanBackfillDeps, planBackfill } from '../use-cases/backfill/plan-backfill.ts'

let deps: PlanBackfillDeps | undefined

/** State `Plan Backfill` of backfill. InvalidInputError and DuplicateRunError are not retried. */
export const handler = lambda(async (event: unknown) => planBackfill(prepareBatchInput.parse(event), (deps ??= connect())))

function connect(): PlanBackfillDeps {
  const config = readConfig('LAKE_BUCKET_NAME', 'GLUE_DATABASE_NAME', 'CONTRACTS_URI', 'LEDGER_TABLE_NAME')
  const ledger = ledgerTable(config.LEDGER_TABLE_NAME)
  const clock = { now: () => new Date() }
  return {
    contracts: s3Contracts(config.CONTRACTS_URI),
    catalog: glueCatalog(config.GLUE_DATABASE_NAME),
    batches: dynamodbBatches(ledger, clock),
    lake: s3ObjectStore(config.LAKE_BUCKET_NAME),
    leases: dynamodbLeases(ledger, clock),
    executions: sfnExecutions(),
  }
}
