import { prepareBatchInput } from '../domain/batch/batch.ts'
import { compose } from '../runtime/compose.ts'
import { commandTarget } from '../runtime/config.ts'
import { batches, catalog, clock, contracts, counters, lake, landings, proof, registry } from '../runtime/connections.ts'
import { lambda } from '../runtime/lambda.ts'
import { contractsUri, database, lakeBucket, leaseSeconds, prefix, rawBucket } from '../runtime/settings.ts'
import { prepareBatch } from '../use-cases/batch/prepare/prepare-batch.ts'

const world = compose({
  ...{ contracts, catalog, proof, registry, counters, lake, landings, batches, clock },
  targetOf: () => commandTarget,
  settings: compose({ prefix, rawBucket, lakeBucket, database, contractsUri, leaseSeconds }),
})

/** State `Prepare Batch` of ingest. InvalidInputError is never retried. */
export const handler = lambda(async (event: unknown) => prepareBatch(prepareBatchInput.parse(event), world()))
