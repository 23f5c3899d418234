import { z } from 'zod'
import { batchIdentitySchema } from '../domain/batch/batch.ts'
import { compose } from '../runtime/compose.ts'
import { jobSlots, leases } from '../runtime/connections.ts'
import { lambda } from '../runtime/lambda.ts'
import { releaseLease } from '../use-cases/batch/release-lease.ts'

const input = z.object({ batch: batchIdentitySchema })
const world = compose({ leases, jobSlots })

/** State `Release Lease` of ingest, on every path. */
export const handler = lambda(async (event: unknown) => releaseLease(input.parse(event), world()))
