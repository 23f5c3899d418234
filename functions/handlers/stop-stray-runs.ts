import { z } from 'zod'
import { glueJobRuns } from '../adapters/glue/job-runs.ts'
import { batchSchema } from '../domain/batch/batch.ts'
import { curateJobName } from '../domain/names.ts'
import type { JobRuns } from '../ports.ts'
import { readConfig } from '../runtime/config.ts'
import { lambda } from '../runtime/lambda.ts'
import { stopStrayRuns } from '../use-cases/batch/stop-stray-runs.ts'

const input = z.object({ batch: batchSchema })
let jobRuns: JobRuns | undefined

/** State `Stop Stray Runs` of ingest, before every start of the curate job. */
export const handler = lambda(async (event: unknown) => stopStrayRuns(input.parse(event), { jobRuns: (jobRuns ??= connect()) }))

const connect = () => glueJobRuns(curateJobName(readConfig('RESOURCE_PREFIX').RESOURCE_PREFIX))
