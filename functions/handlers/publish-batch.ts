import { gluePartitionProof } from '../adapters/glue/partition-proof.ts'
import { dynamodbLeases } from '../adapters/ledger/leases.ts'
import { ledgerTable } from '../adapters/ledger/table.ts'
import { s3ObjectStore } from '../adapters/s3/object-store.ts'
import { readConfig } from '../runtime/config.ts'
import { lambda } from '../runtime/lambda.ts'
import { type PublishBatchDeps, publishBatch, publishBatchInput } from '../use-cases/batch/publish-batch.ts'

/** What one more step of copies may take, generously. */
const STEP_MILLISECONDS = 120_000

let connections: Omit<PublishBatchDeps, 'hasTime'> | undefined

/** State `Publish Batch` of ingest, called until it says done. StaleBatchError is not retried: the batch must be curated anew. */
export const handler = lambda(async (event: unknown, context) =>
  publishBatch(publishBatchInput.parse(event), {
    ...(connections ??= connect()),
    hasTime: () => context.getRemainingTimeInMillis() > STEP_MILLISECONDS,
  }),
)

function connect() {
  const config = readConfig('LAKE_BUCKET_NAME', 'LEDGER_TABLE_NAME', 'GLUE_DATABASE_NAME')
  return {
    lake: s3ObjectStore(config.LAKE_BUCKET_NAME),
    proof: gluePartitionProof(config.GLUE_DATABASE_NAME),
    leases: dynamodbLeases(ledgerTable(config.LEDGER_TABLE_NAME), { now: () => new Date() }),
  }
}
