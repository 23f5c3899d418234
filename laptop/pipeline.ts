import { rmSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { glueTablePointers } from '../functions/adapters/glue/table-pointers.ts'
import { curatedPrefix } from '../functions/domain/names.ts'
import { setUpIceberg } from '../setup/jars.mjs'
import type { Denial, Grant } from './iam/guard.ts'
import type { MadeCall } from './iam/made-calls.ts'
import { startPoller } from './lambda/queue-poller.ts'
import { scheduleEvent, startSchedules } from './lambda/schedules.ts'
import { type Alert, subscribeInbox } from './pipeline/alert-inbox.ts'
import { batchesOf, datasetOf, type PipelineBatch } from './pipeline/batches.ts'
import { refOf } from './pipeline/deploy/made-resources.ts'
import { packageOnce } from './pipeline/deploy/package-once.ts'
import { specialDatasets } from './pipeline/deploy/special-datasets.ts'
import { deployLaptop } from './pipeline/deployed-laptop.ts'
import {
  extractsOf,
  type LocalConnection,
  localConnections,
  type PipelineExtract,
  putSecrets,
  startExtract,
  startMachineSchedules,
} from './pipeline/sources/databases.ts'
import { isStreamFile } from './pipeline/sources/stream-files.ts'
import { startStreams } from './pipeline/sources/streams.ts'
import { startTopics } from './pipeline/sources/topics.ts'
import { downloadPrefix, objectsBelow, uploadFolder } from './pipeline/state/object-folders.ts'
import { makePrivateFolder, makeWorkFolder } from './pipeline/state/work-folder.ts'
import { untilStill } from './pipeline/stillness.ts'
import { sendTo, startWaitingGold } from './pipeline/waiting-gold.ts'

export type { Alert } from './pipeline/alert-inbox.ts'

/** Events to show while you wait. */
export type PipelineEvent =
  /** What it does while it starts. */
  | { kind: 'step'; text: string }
  /** restored: it goes on where an earlier one stopped. */
  | { kind: 'ready'; restored: boolean }
  | { kind: 'landed'; files: number }
  /** Why state is not kept at the moment; without trouble it is again. */
  | { kind: 'state'; trouble?: string }
  /** Why the topic of a dataset cannot be read; without trouble it can again. */
  | { kind: 'topic'; dataset: string; trouble?: string }
  | { kind: 'batch'; dataset: string; batchId: string; status: string }

/** The whole of Sluice on this machine, from landing to curated. */
export interface Pipeline {
  /** For SDK clients and the command line: AWS_ENDPOINT_URL. */
  endpoint: string
  /** The owner's key of this start. Any secret works with it, and it allows every call. */
  accessKeyId: string
  /** The folder with the logs of functions, Spark and moto. */
  workDir: string
  /**
   * Puts `<folder>/<dataset>/<partition folders>/<file>` into the raw bucket, and each line of `<folder>/<dataset>/<file>` into the stream
   * of a dataset that has one; returns the number of files.
   */
  land(folder: string): Promise<number>
  /** Starts an extract of each dataset with a database; settle() waits for them. Returns their number. */
  extract(): Promise<number>
  /** The landed objects in the raw bucket, and the files whose lines were put into streams, by `<dataset>/<partition folders>/<file>`. */
  existing(): Promise<Map<string, { size: number; md5: string }>>
  /** Ends when nothing waits and nothing runs. `startsGold`: gold datasets begin then, whatever their `start`. @throws StuckError */
  settle(options?: { startsGold?: boolean }): Promise<void>
  /** Delivers what the schedule of that name delivers when its time has come. @throws where there is none */
  comesBy(schedule: string): Promise<void>
  batches(): PipelineBatch[]
  extracts(): PipelineExtract[]
  alerts(): Promise<Alert[]>
  crawls(): { raw: number; curated: number }
  /** Calls that a role's policies refused, what they allow, used or not, and calls that were made, one of each kind. */
  permissions(): { denials: Denial[]; grants: Grant[]; calls: MadeCall[] }
  /**
   * Writes curated, quarantine and runs below the folder. `named`: where it will be moved; paths in Iceberg tables name that place.
   */
  export(folder: string, named?: string): Promise<void>
  stop(): Promise<void>
}

const OUTPUTS = ['curated/', 'quarantine/', 'runs/']

export async function startPipeline(options: {
  contractsDir: string
  /** Whether all that Spark will read is small, as far as is known. */
  small?: boolean
  /** The databases and brokers of datasets that are landed from one. */
  connections?: LocalConnection[]
  /** An existing package to use instead of one made from the contracts. */
  packageFolder?: string
  /** Kept, when given; else a folder in .sluice that goes with the pipeline. */
  workDir?: string
  /** Tables, ledger, queues and executions are kept there from one start to the next. */
  stateDir?: string
  /** Of the endpoint; without one that of the start before, or any. @throws PortTakenError */
  port?: number
  onEvent?: (event: PipelineEvent) => void
}): Promise<Pipeline> {
  const onEvent = options.onEvent ?? (() => {})
  const workDir = options.workDir ?? makeWorkFolder()
  makePrivateFolder(workDir)
  const step = (text: string) => onEvent({ kind: 'step', text })
  const datasets = await specialDatasets(options.contractsDir)
  const { iceberg } = datasets
  if (iceberg.length > 0) await setUpIceberg(step)
  step('Packaging the service, and starting AWS and Spark beside it')
  const packageFolder =
    options.packageFolder === undefined
      ? packageOnce(options.contractsDir, { env: localConnections(options.connections) })
      : Promise.resolve(options.packageFolder)
  // Its failure is met where it is awaited.
  packageFolder.catch(() => {})
  const laptop = await deployLaptop({
    packageFolder,
    workFolder: workDir,
    iceberg: iceberg.length > 0,
    small: options.small ?? false,
    onStep: step,
    ...(options.port && { port: options.port }),
    ...(options.stateDir && { stateFolder: options.stateDir }),
    onTrouble: (trouble) => onEvent({ kind: 'state', ...(trouble !== undefined && { trouble }) }),
    onStatusChange: ({ name, stateMachineArn, status }) => {
      if (stateMachineArn.endsWith('-ingest')) onEvent({ kind: 'batch', dataset: datasetOf(name), batchId: name, status })
    },
  }).catch((error) => {
    if (!options.workDir) rmSync(workDir, { recursive: true, force: true })
    throw error
  })
  const { clients, stack, functions } = laptop
  await putSecrets(clients, options.connections ?? [])
  const inbox = await subscribeInbox(clients, refOf(stack, 'AlertTopic'))
  const invoke = (name: string, event: unknown) => functions.invoke(name, event)
  const deliver = (arn: string, event: unknown) => (arn.includes(':sqs:') ? sendTo(laptop, arn, event) : invoke(arn, event))
  const runSchedules = async () => {
    for (const schedule of laptop.schedules.filter(({ targetArn }) => targetArn.includes(':lambda:')))
      await deliver(schedule.targetArn, scheduleEvent(schedule, new Date()))
  }
  const restored = await laptop.restore()
  const pollers = laptop.mappings.map((mapping) => startPoller(mapping, { clients: laptop.consumerOf(mapping), invoke }))
  const streams = startStreams(laptop, invoke, options.stateDir)
  const topics = startTopics(laptop, invoke, {
    stateFolder: options.stateDir,
    onTrouble: (dataset, trouble) => onEvent({ kind: 'topic', dataset, ...(trouble !== undefined && { trouble }) }),
  })
  const sources = [streams, topics]
  const schedules = startSchedules(laptop.schedules, deliver)
  const extracts = startMachineSchedules(laptop)

  let stopping: Promise<void> | undefined
  const stop = () => {
    stopping ??= (async () => {
      schedules.stop()
      extracts.stop()
      await Promise.all([...pollers, streams, topics].map((each) => each.stop()))
      await laptop.keep().catch(() => {})
      await laptop.stop()
      if (!options.workDir) rmSync(workDir, { recursive: true, force: true })
      process.off('SIGINT', interrupted).off('SIGTERM', interrupted)
    })()
    return stopping
  }
  // Listened to until the end: the library that starts processes ends ours at once when it finds itself the only listener.
  const interrupted = () => {
    if (stopping) process.exit(130)
    void stop().finally(() => process.exit(130))
  }
  process.on('SIGINT', interrupted).on('SIGTERM', interrupted)
  onEvent({ kind: 'ready', restored })
  // Events that were lost with the process, if any, are what the sweep is for.
  if (restored) void runSchedules().catch(() => {})

  async function landDataset(folder: string, dataset: string): Promise<number> {
    const upload = (passOver?: (path: string) => boolean) =>
      uploadFolder(clients.s3, folder, refOf(stack, 'RawBucket'), `raw/${dataset}/`, passOver)
    return streams.isStream(dataset) ? (await streams.putFiles(dataset, folder)) + (await upload(isStreamFile)) : upload()
  }

  return {
    endpoint: laptop.gateway.endpoint,
    accessKeyId: laptop.accessKeyId,
    workDir,
    async land(folder) {
      let files = 0
      for (const entry of (await readdir(folder, { withFileTypes: true })).sort((a, b) => (a.name < b.name ? -1 : 1))) {
        if (!entry.isDirectory()) continue
        files += await landDataset(join(folder, entry.name), entry.name)
      }
      onEvent({ kind: 'landed', files })
      return files
    },
    async extract() {
      const { jdbc } = datasets
      for (const dataset of jdbc) await startExtract(laptop, dataset)
      return jdbc.length
    },
    existing: async () =>
      new Map([...(await objectsBelow(clients.s3, refOf(stack, 'RawBucket'), 'raw/')), ...Object.entries(streams.filesPut())]),
    async settle({ startsGold = false } = {}) {
      await untilStill(laptop, sources, runSchedules)
      // Gold that is made of gold waits for it to publish.
      for (let before = new Set<string>(); startsGold; ) {
        const waiting = await startWaitingGold(laptop, before)
        if ([...waiting].every((key) => before.has(key))) return
        before = waiting
        await untilStill(laptop, sources, runSchedules)
      }
    },
    async comesBy(name) {
      const schedule = laptop.schedules.find((each) => each.name === name)
      if (schedule === undefined)
        throw new Error(`no schedule is called ${name}; there are ${laptop.schedules.map((each) => each.name).join(', ')}`)
      await deliver(schedule.targetArn, scheduleEvent(schedule, new Date()))
    },
    permissions: () => ({ denials: laptop.guard.denials, grants: laptop.guard.grants(), calls: laptop.guard.calls() }),
    batches: () => batchesOf(laptop.executions),
    extracts: () => extractsOf(laptop.executions),
    alerts: inbox.alerts,
    crawls() {
      const counts = [...laptop.glue.crawls()]
      const sum = (ending: string) => counts.filter(([name]) => name.endsWith(ending)).reduce((total, [, count]) => total + count, 0)
      return { raw: sum('-raw'), curated: sum('-curated') }
    },
    async export(folder, named = folder) {
      const isIceberg = (key: string) => iceberg.some((dataset) => key.startsWith(curatedPrefix(dataset)))
      for (const prefix of OUTPUTS) await downloadPrefix(clients.s3, refOf(stack, 'LakeBucket'), prefix, folder, (key) => !isIceberg(key))
      const tables = glueTablePointers(refOf(stack, 'GlueDatabase'), clients.glue)
      for (const dataset of iceberg) {
        if ((await tables.find(dataset)) === undefined) continue
        const below = curatedPrefix(dataset)
        await laptop.relocate({
          database: refOf(stack, 'GlueDatabase'),
          table: dataset,
          folder: join(folder, below),
          named: pathToFileURL(join(resolve(named), below)).href,
          staging: join(workDir, 'relocated', dataset),
        })
      }
    },
    stop,
  }
}
