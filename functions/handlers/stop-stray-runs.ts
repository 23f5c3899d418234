import { z } from 'zod'
import { batchSchema } from '../domain/batch/batch.ts'
import { compose } from '../runtime/compose.ts'
import { jobRuns } from '../runtime/connections.ts'
import { lambda } from '../runtime/lambda.ts'
import { stopStrayRuns } from '../use-cases/batch/stop-stray-runs.ts'

const input = z.object({ batch: batchSchema })
const world = compose({ jobRuns })

/** State `Stop Stray Runs` of ingest, before every start of the curate job. */
export const handler = lambda(async (event: unknown) => stopStrayRuns(input.parse(event), world()))
