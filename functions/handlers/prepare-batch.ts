import { glueCatalog } from '../adapters/glue/catalog.ts'
import { dynamodbBatches } from '../adapters/ledger/batches.ts'
import { dynamodbLandings } from '../adapters/ledger/landings.ts'
import { ledgerTable } from '../adapters/ledger/table.ts'
import { s3Contracts } from '../adapters/s3/contracts.ts'
import { s3ObjectStore } from '../adapters/s3/object-store.ts'
import { prepareBatchInput } from '../domain/batch/batch.ts'
import { systemClock as clock } from '../runtime/clock.ts'
import { readConfig } from '../runtime/config.ts'
import { lambda } from '../runtime/lambda.ts'
import { type PrepareBatchDeps, prepareBatch } from '../use-cases/batch/prepare-batch.ts'

let deps: PrepareBatchDeps | undefined

/** State `Prepare Batch` of ingest. InvalidInputError is never retried. */
export const handler = lambda(async (event: unknown) => prepareBatch(prepareBatchInput.parse(event), (deps ??= connect())))

function connect(): PrepareBatchDeps {
  const config = readConfig(
    'LEDGER_TABLE_NAME',
    'RESOURCE_PREFIX',
    'LAKE_BUCKET_NAME',
    'GLUE_DATABASE_NAME',
    'CONTRACTS_URI',
    'LEASE_SECONDS',
  )
  const table = ledgerTable(config.LEDGER_TABLE_NAME)
  return {
    contracts: s3Contracts(config.CONTRACTS_URI),
    catalog: glueCatalog(config.GLUE_DATABASE_NAME),
    lake: s3ObjectStore(config.LAKE_BUCKET_NAME),
    landings: dynamodbLandings(table, clock),
    batches: dynamodbBatches(table, clock),
    clock,
    settings: {
      resourcePrefix: config.RESOURCE_PREFIX,
      lakeBucket: config.LAKE_BUCKET_NAME,
      database: config.GLUE_DATABASE_NAME,
      contractsUri: config.CONTRACTS_URI,
      leaseSeconds: config.LEASE_SECONDS,
    },
  }
}
