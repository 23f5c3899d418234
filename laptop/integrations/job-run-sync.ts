import { setTimeout as sleep } from 'node:timers/promises'
import type { Clients } from '../aws/clients.ts'
import { laptopTimes } from '../laptop-times.ts'
import { IntegrationError, sdkCall } from './sdk-call.ts'

interface SyncCall {
  arguments: Record<string, unknown>
  signal: AbortSignal
}

/** `glue:startJobRun.sync`: the run to its end. A failed run is States.TaskFailed with the JobRun in its Cause. */
export async function startJobRunSync(clients: Clients, call: SyncCall): Promise<unknown> {
  const glue = (action: string, args: Record<string, unknown>, signal = call.signal) =>
    sdkCall(clients, { service: 'glue', action, arguments: args, signal, optimized: true }) as Promise<Record<string, never>>
  const { JobName } = call.arguments
  const { JobRunId } = await glue('startJobRun', call.arguments)
  try {
    for (;;) {
      const { JobRun } = (await glue('getJobRun', { JobName, RunId: JobRunId })) as unknown as { JobRun: { JobRunState: string } }
      if (JobRun.JobRunState === 'SUCCEEDED') return JobRun
      if (['FAILED', 'STOPPED', 'TIMEOUT', 'ERROR'].includes(JobRun.JobRunState)) {
        throw new IntegrationError('States.TaskFailed', JSON.stringify(JobRun))
      }
      await sleep(laptopTimes.pollMs, undefined, { signal: call.signal })
    }
  } catch (error) {
    // The state timed out or the execution was stopped: the run is not left alive.
    if (call.signal.aborted) await glue('batchStopJobRun', { JobName, JobRunIds: [JobRunId] }, AbortSignal.timeout(5000)).catch(() => {})
    throw error
  }
}
