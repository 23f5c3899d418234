import { prepareBatchInput } from '../domain/batch/batch.ts'
import { compose } from '../runtime/compose.ts'
import { batches, catalog, clock, contracts, lake, landings } from '../runtime/connections.ts'
import { lambda } from '../runtime/lambda.ts'
import { contractsUri, database, lakeBucket, leaseSeconds, prefix } from '../runtime/settings.ts'
import { prepareBatch } from '../use-cases/batch/prepare-batch.ts'

const world = compose({
  ...{ contracts, catalog, lake, landings, batches, clock },
  settings: compose({ prefix, lakeBucket, database, contractsUri, leaseSeconds }),
})

/** State `Prepare Batch` of ingest. InvalidInputError is never retried. */
export const handler = lambda(async (event: unknown) => prepareBatch(prepareBatchInput.parse(event), world()))
