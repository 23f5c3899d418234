import { dynamodbBatches } from '../adapters/dynamodb-batches.ts'
import { dynamodbLeases } from '../adapters/dynamodb-leases.ts'
import { glueCatalog } from '../adapters/glue-catalog.ts'
import { ledgerTable } from '../adapters/ledger-table.ts'
import { s3Contracts } from '../adapters/s3-contracts.ts'
import { s3ObjectStore } from '../adapters/s3-object-store.ts'
import { sfnExecutions } from '../adapters/sfn-executions.ts'
import { prepareBatchInput } from '../domain/batch.ts'
import { readConfig } from '../runtime/config.ts'
import { lambda } from '../runtime/lambda.ts'
import { type PlanBackfillDeps, planBackfill } from '../use-cases/plan-backfill.ts'

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
