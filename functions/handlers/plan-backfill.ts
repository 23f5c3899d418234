import { prepareBatchInput } from '../domain/batch/batch.ts'
import { compose } from '../runtime/compose.ts'
import { batches, catalog, contracts, executions, lake, leases } from '../runtime/connections.ts'
import { lambda } from '../runtime/lambda.ts'
import { planBackfill } from '../use-cases/backfill/plan-backfill.ts'

const world = compose({ contracts, catalog, batches, lake, leases, executions })

/** State `Plan Backfill` of backfill. InvalidInputError and DuplicateRunError are not retried. */
export const handler = lambda(async (event: unknown) => planBackfill(prepareBatchInput.parse(event), world()))
