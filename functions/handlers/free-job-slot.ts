import { z } from 'zod'
import { batchSchema } from '../domain/batch/batch.ts'
import { compose } from '../runtime/compose.ts'
import { jobSlots } from '../runtime/connections.ts'
import { lambda } from '../runtime/lambda.ts'
import { freeJobSlot } from '../use-cases/batch/free-job-slot.ts'

const input = z.object({ batch: batchSchema })
const world = compose({ jobSlots })

/** State `Free Job Slot` of ingest: the job has run, and what follows needs none. */
export const handler = lambda(async (event: unknown) => freeJobSlot(input.parse(event), world()))
