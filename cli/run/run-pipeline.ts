import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { plural } from '../../functions/domain/words.ts'
import { readContractsFolder } from '../../infra/packaging/contract-files.ts'
import type { LocalConnection } from '../../laptop/pipeline/sources/databases.ts'
import { filesBelow } from '../../laptop/pipeline/state/folder-files.ts'
import { type Pipeline, type PipelineEvent, startPipeline } from '../../laptop/pipeline.ts'
import { keepContract } from '../report/sources/kept-contract.ts'
import { keepExecutions } from './execution-files.ts'
import type { OutputFolder } from './output-folder.ts'
import type { Progress } from './progress.ts'
import { type RunResult, readBatchResults } from './run-result.ts'

export interface PipelineRun {
  result: RunResult
  /** Why the run did not come to rest, when it did not. */
  stuck?: string
}

/**
 * Lands the waves one after the other, each when the one before has settled. The results replace those of an earlier run in `output` when
 * the run came to rest.
 */
export async function runPipeline(options: {
  contractsFolder: string
  /** Files that land together; each wave has an extract of each database too. */
  waves: { folder?: string; title?: string }[]
  output: OutputFolder
  progress: Progress
  connections?: LocalConnection[]
}): Promise<PipelineRun> {
  const { contractsFolder, waves, output, progress, connections = [] } = options
  progress.step('Starting AWS and Spark on this machine')
  // What a database has is not known.
  const small = connections.length === 0 && (await areSmall(waves.flatMap(({ folder }) => folder ?? [])))
  const pipeline = await startPipeline({ contractsDir: resolve(contractsFolder), small, onEvent: tell(progress), connections })
  try {
    const stuck = await landAll(pipeline, waves, progress)
    progress.step('Copying the results')
    await pipeline.export(output.results, output.folder)
    await keepExecutions(pipeline, output.results)
    await keepContracts(contractsFolder, output.results)
    const result = await resultOf(pipeline, output.results)
    if (stuck !== undefined) return { result, stuck }
    await output.replaceEarlier()
    return { result }
  } finally {
    progress.step('Stopping')
    await pipeline.stop()
  }
}

/** Of the datasets that had a batch. */
async function keepContracts(contractsFolder: string, results: string): Promise<void> {
  const { files } = await readContractsFolder(contractsFolder)
  for (const { contract } of files)
    if (contract && existsSync(join(results, 'runs', contract.dataset))) await keepContract(contract, results)
}

/** Bytes of input, some of it compressed. */
const SMALL = 16 * 2 ** 20

async function areSmall(folders: string[]): Promise<boolean> {
  const waves = await Promise.all(folders.map(filesBelow))
  return waves.flatMap(({ files }) => files).reduce((sum, { size }) => sum + size, 0) <= SMALL
}

// What was done before it got stuck is worth seeing: it usually says why.
async function landAll(pipeline: Pipeline, waves: { folder?: string; title?: string }[], progress: Progress) {
  try {
    for (const [index, { folder, title }] of waves.entries()) {
      progress.step(`Wave ${index + 1} of ${waves.length}: ${title ?? folder}`)
      await pipeline.extract()
      if (folder !== undefined) await pipeline.land(folder)
      await pipeline.settle({ startsGold: true })
    }
  } catch (error) {
    if (error instanceof Error && error.name === 'StuckError') return error.message
    throw error
  }
  return undefined
}

async function resultOf(pipeline: Pipeline, output: string): Promise<RunResult> {
  const alerts = await pipeline.alerts()
  return {
    batches: await readBatchResults(pipeline.batches(), output),
    alerts: alerts.map(({ kind, dataset, message }) => ({ kind, dataset, message })),
    crawls: pipeline.crawls(),
    ...(pipeline.extracts().length > 0 && { extracts: pipeline.extracts() }),
  }
}

function tell(progress: Progress) {
  return (event: PipelineEvent) => {
    if (event.kind === 'step') progress.step(event.text)
    if (event.kind === 'ready') progress.happened('The pipeline runs: the packaged template, deployed to this machine')
    if (event.kind === 'topic') progress.happened(`${event.dataset}: ${event.trouble ?? 'its topic is read again'}`)
    if (event.kind === 'landed') progress.happened(`${plural(event.files, 'file')} landed`)
    if (event.kind === 'batch') progress.happened(`Batch ${event.batchId}: ${event.status.toLowerCase()}`)
  }
}
