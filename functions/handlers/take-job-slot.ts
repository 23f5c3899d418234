import { z } from 'zod'
import { batchSchema } from '../domain/batch/batch.ts'
import { compose } from '../runtime/compose.ts'
import { jobSlots } from '../runtime/connections.ts'
import { lambda } from '../runtime/lambda.ts'
import { maxJobRuns } from '../runtime/settings.ts'
import { takeJobSlot } from '../use-cases/batch/take-job-slot.ts'

const input = z.object({ batch: batchSchema })
const world = compose({ jobSlots, settings: compose({ maxJobRuns }) })

/** State `Take Job Slot` of ingest: called until it is the batch's turn or the wait is over. */
export const handler = lambda(async (event: unknown) => takeJobSlot(input.parse(event), world()))
