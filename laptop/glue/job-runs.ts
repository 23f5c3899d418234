import { mkdir, rename, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { GetObjectCommand } from '@aws-sdk/client-s3'
import { jobUse } from '../../infra/permissions/job-use.ts'
import { AwsError } from '../aws/aws-error.ts'
import type { Clients } from '../aws/clients.ts'
import type { Operation } from '../aws/json-service.ts'
import { type AskAsService, askNobody, PLACE } from '../iam/service-role.ts'
import type { Engine } from './engine.ts'
import { putGlueEvent } from './glue-events.ts'

interface Job {
  Name: string
  Role: string
  Command: { Name?: string; ScriptLocation: string }
  DefaultArguments?: Record<string, string>
  ExecutionProperty?: { MaxConcurrentRuns?: number }
  Timeout?: number
}
interface JobRun {
  Id: string
  JobName: string
  JobRunState: 'STARTING' | 'RUNNING' | 'STOPPING' | 'STOPPED' | 'SUCCEEDED' | 'FAILED' | 'TIMEOUT'
  Arguments: Record<string, string>
  StartedOn: Date
  LastModifiedOn: Date
  CompletedOn?: Date
  ExecutionTime?: number
  ErrorMessage?: string
  Attempt: number
  Timeout: number
  WorkerType?: string
  NumberOfWorkers?: number
  ExecutionClass?: string
}

const OVER = new Set<JobRun['JobRunState']>(['STOPPED', 'SUCCEEDED', 'FAILED', 'TIMEOUT'])
const DEFAULT_TIMEOUT_MINUTES = 480

/** Jobs that run: the script that was uploaded, on the warm Spark. Worker types and counts are noted, and change nothing. */
export function createJobs(deps: {
  engine: () => Engine
  /** A Spark of its own, for jobs of another role than that of `engine`. Without it all share that one. */
  engineOf?: (roleArn: string) => Engine
  clientsOf: (roleArn: string) => Clients
  accessKeyOf: (roleArn: string) => string
  own: Clients
  workFolder: string
  askAsService?: AskAsService
}) {
  const { askAsService = askNobody } = deps
  // One process has one role, and the warm one has that of the job that curates.
  const engineFor = ({ Role, DefaultArguments = {} }: Job) =>
    deps.engineOf && '--connection_secret' in DefaultArguments ? deps.engineOf(Role) : deps.engine()
  const jobs = new Map<string, Job>()
  const runs = new Map<string, JobRun>()
  const working = new Set<Promise<void>>()
  const findRun = (RunId: string) => {
    const run = runs.get(RunId)
    if (!run) throw new AwsError('EntityNotFoundException', `Job run ${RunId} does not exist`)
    return run
  }

  const operations: Record<string, Operation> = {
    async CreateJob(input: Job) {
      if (jobs.has(input.Name)) throw new AwsError('IdempotentParameterMismatchException', `Job ${input.Name} already exists`)
      jobs.set(input.Name, input)
      return { Name: input.Name }
    },
    async GetJob({ JobName }: { JobName: string }) {
      return { Job: findJob(JobName) }
    },
    async StartJobRun(input: Partial<JobRun> & { JobName: string }) {
      const job = findJob(input.JobName)
      const alive = [...runs.values()].filter((run) => run.JobName === job.Name && !OVER.has(run.JobRunState)).length
      const most = job.ExecutionProperty?.MaxConcurrentRuns ?? 1
      if (alive >= most) throw new AwsError('ConcurrentRunsExceededException', `Concurrent runs exceeded for ${job.Name}`)
      const now = new Date()
      const run: JobRun = {
        Id: `jr_${crypto.randomUUID().replaceAll('-', '')}`,
        JobName: job.Name,
        JobRunState: 'STARTING',
        Arguments: input.Arguments ?? {},
        StartedOn: now,
        LastModifiedOn: now,
        Attempt: 0,
        Timeout: input.Timeout ?? job.Timeout ?? DEFAULT_TIMEOUT_MINUTES,
        ...(input.WorkerType && { WorkerType: input.WorkerType }),
        ...(input.NumberOfWorkers && { NumberOfWorkers: input.NumberOfWorkers }),
        ...(input.ExecutionClass && { ExecutionClass: input.ExecutionClass }),
      }
      runs.set(run.Id, run)
      const work = execute(job, run).finally(() => working.delete(work))
      working.add(work)
      return { JobRunId: run.Id }
    },
    GetJobRun: async ({ RunId }: { RunId: string }) => ({ JobRun: findRun(RunId) }),
    async GetJobRuns({ JobName }: { JobName: string }) {
      findJob(JobName)
      return { JobRuns: [...runs.values()].filter((run) => run.JobName === JobName).reverse() }
    },
    async BatchStopJobRun({ JobName, JobRunIds }: { JobName: string; JobRunIds: string[] }) {
      for (const id of JobRunIds) {
        const run = runs.get(id)
        if (!run || OVER.has(run.JobRunState)) continue
        run.JobRunState = 'STOPPING'
        engineFor(findJob(JobName)).stopRun(id)
      }
      return { SuccessfulSubmissions: JobRunIds.map((JobRunId) => ({ JobName, JobRunId })), Errors: [] }
    },
  }

  function findJob(name: string): Job {
    const job = jobs.get(name)
    if (!job) throw new AwsError('EntityNotFoundException', `Job ${name} does not exist`)
    return job
  }

  async function execute(job: Job, run: JobRun) {
    let timedOut = false
    const timer = setTimeout(() => {
      timedOut = true
      engineFor(job).stopRun(run.Id)
    }, run.Timeout * 60_000)
    try {
      const given = { ...job.DefaultArguments, ...run.Arguments }
      const { use, values } = jobUse({ scriptLocation: job.Command.ScriptLocation, defaults: given }, PLACE)
      askAsService(job.Role, use, values)
      const clients = deps.clientsOf(job.Role)
      const folder = join(deps.workFolder, 'scripts')
      const script = await download(clients, job.Command.ScriptLocation, folder)
      const modules = (given['--extra-py-files'] ?? '').split(',').filter(Boolean)
      const paths = await Promise.all(modules.map((address) => download(clients, address.trim(), folder)))
      await engineFor(job).ready
      if (run.JobRunState === 'STARTING') run.JobRunState = 'RUNNING'
      if (run.JobRunState === 'STOPPING') throw new Error('stopped before it started')
      const names = { '--JOB_NAME': job.Name, '--JOB_RUN_ID': run.Id }
      const accessKeyId = deps.accessKeyOf(job.Role)
      const { failed } = await engineFor(job).runJob({
        runId: run.Id,
        accessKeyId,
        script,
        modules: paths,
        arguments: { ...given, ...names },
      })
      if (failed) run.ErrorMessage = failed
      run.JobRunState = failed ? 'FAILED' : 'SUCCEEDED'
    } catch (error) {
      const stopped = (run.JobRunState as string) === 'STOPPING'
      run.JobRunState = timedOut ? 'TIMEOUT' : stopped ? 'STOPPED' : 'FAILED'
      if (!stopped) run.ErrorMessage = timedOut ? 'Job run timed out' : error instanceof Error ? error.message : String(error)
    } finally {
      clearTimeout(timer)
      run.CompletedOn = new Date()
      run.LastModifiedOn = run.CompletedOn
      run.ExecutionTime = Math.round((run.CompletedOn.getTime() - run.StartedOn.getTime()) / 1000)
      await announce(run)
    }
  }

  async function announce(run: JobRun) {
    await putGlueEvent(deps.own, 'Glue Job State Change', {
      jobName: run.JobName,
      severity: run.JobRunState === 'SUCCEEDED' ? 'INFO' : 'ERROR',
      state: run.JobRunState,
      jobRunId: run.Id,
      message: run.ErrorMessage ?? 'Job run succeeded',
    }).catch(() => {})
  }

  return { operations, busy: () => working.size > 0 }
}

/**
 * Glue reads its script from S3, under the job's role; addresses hold a content hash, so a copy is good for ever. Written aside and
 * renamed: another run of the job may be reading the modules at this moment.
 */
async function download(clients: Clients, address: string, folder: string): Promise<string> {
  const [, Bucket, Key = ''] = /^s3:\/\/([^/]+)\/(.+)$/.exec(address) ?? []
  const { Body } = await clients.s3.send(new GetObjectCommand({ Bucket, Key }))
  const target = join(folder, encodeURIComponent(Key.split('/').slice(0, -1).join('_')), basename(Key))
  await mkdir(join(target, '..'), { recursive: true })
  const aside = `${target}.${crypto.randomUUID()}`
  await writeFile(aside, (await Body?.transformToByteArray()) ?? '')
  await rename(aside, target)
  return target
}
