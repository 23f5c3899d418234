import { compose } from '../runtime/compose.ts'
import { clock, lake, leases, proof, tablePointers } from '../runtime/connections.ts'
import { lambda } from '../runtime/lambda.ts'
import { publishBatch, publishBatchInput } from '../use-cases/batch/publish/publish-batch.ts'

/** What one more step of copies may take, generously. */
const STEP_MILLISECONDS = 120_000

const world = compose({ lake, leases, proof, tables: tablePointers, clock })

/** State `Publish Batch` of ingest, called until it returns done. StaleBatchError is not retried: the batch must be curated again. */
export const handler = lambda(async (event: unknown, context) =>
  publishBatch(publishBatchInput.parse(event), {
    ...world(),
    hasTime: () => context.getRemainingTimeInMillis() > STEP_MILLISECONDS,
  }),
)
