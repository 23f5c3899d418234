import { z } from 'zod'
import { batchSchema } from '../domain/batch/batch.ts'
import { compose } from '../runtime/compose.ts'
import { executions, leases } from '../runtime/connections.ts'
import { lambda } from '../runtime/lambda.ts'
import { acquireLease } from '../use-cases/batch/acquire-lease.ts'

const input = z.object({ batch: batchSchema })
const world = compose({ leases, executions })

/** State `Acquire Lease` of ingest: called until the lease is ours or the wait is over. */
export const handler = lambda(async (event: unknown) => acquireLease(input.parse(event), world()))
