import { BatchStopJobRunCommand, GlueClient, paginateGetJobRuns } from '@aws-sdk/client-glue'
import { TransientDependencyError } from '../../domain/errors.ts'
import type { JobRuns } from '../../ports/glue-jobs.ts'

const LIVE = new Set<string | undefined>(['STARTING', 'RUNNING', 'WAITING', 'STOPPING'])
/** BatchStopJobRun takes 25 runs a call; a batch never has so many. */
const STOP_LIMIT = 25

/** Glue lists a job's runs newest first and has no filter, so `since` ends the list. */
export function glueJobRuns(jobName: string, client = new GlueClient({})): JobRuns {
  return {
    async live(batchId, since) {
      const found: { id: string; stopping: boolean; runningSince?: Date }[] = []
      for await (const { JobRuns: runs = [] } of paginateGetJobRuns({ client, pageSize: 200 }, { JobName: jobName })) {
        for (const run of runs) {
          if (run.Arguments?.['--batch_id'] === batchId && LIVE.has(run.JobRunState) && run.Id !== undefined) {
            const runningSince = run.JobRunState === 'RUNNING' ? run.StartedOn : undefined
            found.push({ id: run.Id, stopping: run.JobRunState === 'STOPPING', ...(runningSince && { runningSince }) })
          }
        }
        const oldest = runs.at(-1)?.StartedOn
        if (oldest !== undefined && oldest < since) break
      }
      return found
    },

    async stop(runIds) {
      const answer = await client.send(new BatchStopJobRunCommand({ JobName: jobName, JobRunIds: runIds.slice(0, STOP_LIMIT) }))
      // A run that ended meanwhile is what we want; the next call shows it. Any other error is retried.
      const failed = answer.Errors?.find(
        (error) => error.ErrorDetail?.ErrorCode !== 'JobRunNotFoundException' && !isEnded(error.ErrorDetail?.ErrorMessage),
      )
      if (failed) throw new TransientDependencyError(`job run ${failed.JobRunId} was not stopped: ${failed.ErrorDetail?.ErrorCode}`)
    },
  }
}

const isEnded = (message: string | undefined) => /SUCCEEDED|FAILED|STOPPED|TIMEOUT|STOPPING|terminal/i.test(message ?? '')
