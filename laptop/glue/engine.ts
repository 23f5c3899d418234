import { delimiter, join } from 'node:path'
import { icebergJarsFolder, jarsFolder, python, pythonEnvironment, root } from '../../setup/places.mjs'
import { startLineProcess } from '../aws/child-process.ts'
import { REGION } from '../aws/clients.ts'

export interface QualityRequest {
  runId: string
  accessKeyId: string
  source: QualitySource
  additionalSources: Record<string, QualitySource>
  rulesets: { name: string; dqdl: string }[]
}
export interface QualitySource {
  database: string
  table: string
  pushDownPredicate?: string
}
export interface QualityAnswer {
  results: {
    name: string
    rules: { rule: string; result: 'PASS' | 'FAIL' | 'ERROR'; message: string | null; metrics: Record<string, number> }[]
  }[]
}
export interface JobRequest {
  runId: string
  /** Of the job's role: for Spark's reads and writes, and for the script's own clients. */
  accessKeyId: string
  /** Local path of the script. */
  script: string
  /** Local paths of the zips that go on Python's path. */
  modules: string[]
  arguments: Record<string, string>
}

export interface RelocateRequest {
  database: string
  table: string
  /** Where the files are written. */
  folder: string
  /** URI of the folder that their paths name. */
  named: string
  /** An empty folder for the meantime. */
  staging: string
}

/** The warm Spark process. Requests wait for it to be ready, so it may be started long before it is needed. */
export interface Engine {
  runJob(request: JobRequest): Promise<{ failed?: string }>
  judge(request: QualityRequest): Promise<QualityAnswer>
  /** Writes an Iceberg table into a folder, with every path in it changed to that folder's. */
  relocate(request: RelocateRequest): Promise<{ files: number }>
  /** Ends a run; its request then fails. */
  stopRun(runId: string): void
  ready: Promise<void>
  stop(): Promise<void>
}

export class EngineError extends Error {
  override readonly name = 'EngineError'
}

/**
 * A third of the processor time of a few small batches less; several times slower in a loop over a large file. It keeps 48 MB of
 * code where it is the only one: Spark fills that, and from then on a thread of the JVM looks for code to drop.
 */
const FIRST_COMPILER = '-XX:TieredStopAtLevel=1 -XX:ReservedCodeCacheSize=256m'

export function startEngine(options: {
  /** Of all that runs here, Spark's own reads and writes included. */
  endpoint: string
  workFolder: string
  /** Whether a contract asks for an Iceberg table. */
  iceberg?: boolean
  /** Whether all that it will read is small: code that runs a few times is best compiled by the JVM's first compiler alone. */
  small?: boolean
  /** Prepares for batches while there is time. */
  rehearses?: boolean
  log?: (text: string) => void
}): Engine {
  const engine = startLineProcess(python, [join(root, 'laptop', 'glue', 'engine.py')], {
    cwd: options.workFolder,
    env: {
      ...pythonEnvironment(),
      PYTHONPATH: join(root, 'laptop', 'glue'),
      PYTHONDONTWRITEBYTECODE: '1',
      SLUICE_JARS: [jarsFolder, ...(options.iceberg ? [icebergJarsFolder] : [])].join(delimiter),
      SLUICE_WORK_FOLDER: options.workFolder,
      ...(options.small && { SLUICE_JAVA_OPTIONS: FIRST_COMPILER }),
      SLUICE_REHEARSES: options.rehearses === false ? 'no' : 'yes',
      AWS_ENDPOINT_URL: options.endpoint,
      AWS_REGION: REGION,
      AWS_DEFAULT_REGION: REGION,
      // Until a job or a quality run says whose role it has.
      AWS_ACCESS_KEY_ID: 'role.nobody',
      AWS_SECRET_ACCESS_KEY: 'local',
      AWS_EC2_METADATA_DISABLED: 'true',
    },
    ...(options.log ? { log: options.log } : {}),
  })
  const waiting = new Map<string, { resolve: (value: never) => void; reject: (error: Error) => void }>()
  let gone: EngineError | undefined
  const died = engine.ended.then((reason) => {
    gone = new EngineError(`The local Spark ended: ${reason.split('\n').slice(-5).join('\n')}`)
    for (const { reject } of waiting.values()) reject(gone)
    waiting.clear()
    throw gone
  })
  died.catch(() => {})
  const ready = Promise.race([new Promise<void>((resolve) => engine.onMessage((message) => message.ready === true && resolve())), died])
  ready.catch(() => {})
  engine.onMessage(({ id, answer, error }) => {
    const request = waiting.get(String(id))
    waiting.delete(String(id))
    if (error) {
      const { name, message } = error as { name: string; message: string }
      request?.reject(new EngineError(`${name}: ${message}`))
    } else request?.resolve(answer as never)
  })
  let count = 0
  const ask = <Answer>(kind: string, request: object) =>
    new Promise<Answer>((resolve, reject) => {
      if (gone) return reject(gone)
      const id = String(++count)
      waiting.set(id, { resolve, reject })
      engine.send({ id, kind, ...request })
    })
  return {
    runJob: (request) => ask('job', request),
    judge: (request) => ask('quality', request),
    relocate: (request) => ask('relocate', request),
    stopRun: (runId) => engine.send({ kind: 'stop', runId }),
    ready,
    stop: engine.stop,
  }
}
