import { mkdtemp, open } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { AwsRequest } from '../../../laptop/aws/aws-request.ts'
import type { Clients } from '../../../laptop/aws/clients.ts'
import type { Engine, JobRequest } from '../../../laptop/glue/engine.ts'
import { createJobs } from '../../../laptop/glue/job-runs.ts'

const JOB = {
  Name: 'curate',
  Role: 'role',
  Command: { ScriptLocation: 's3://code/h/curate.py' },
  ExecutionProperty: { MaxConcurrentRuns: 2 },
}

describe('job runs that start together', () => {
  it('do not pull the script from under each other', async () => {
    const bodies = ['print("whole")', '']
    const clients = {
      s3: { send: async () => ({ Body: { transformToByteArray: async () => Buffer.from(bodies.shift() ?? '') } }) },
      eventBridge: { send: async () => ({}) },
    } as unknown as Clients
    const runs: JobRequest[] = []
    let second = () => {}
    const secondRuns = new Promise<void>((resolve) => {
      second = resolve
    })
    let read = ''
    const engine = {
      ready: Promise.resolve(),
      stopRun() {},
      async runJob(request: JobRequest) {
        runs.push(request)
        if (runs.length === 2) second()
        else {
          const script = await open(request.script)
          await call('StartJobRun', { JobName: 'curate' })
          await secondRuns
          read = await script.readFile('utf8')
          await script.close()
        }
        return {}
      },
    } as unknown as Engine
    const workFolder = await mkdtemp(join(tmpdir(), 'sluice-jobs-'))
    const jobs = createJobs({ engine: () => engine, clientsOf: () => clients, accessKeyOf: () => 'KEY', own: clients, workFolder })
    const call = (operation: string, input: object) => jobs.operations[operation]?.(input as never, {} as AwsRequest)
    await call('CreateJob', JOB)
    await call('StartJobRun', { JobName: 'curate' })
    await secondRuns
    await expect.poll(() => read).toBe('print("whole")')
  })
})
