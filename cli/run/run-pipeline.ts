import { type Pipeline, type PipelineEvent, startPipeline } from '../../local/pipeline.ts'
import type { InputWave } from './input-waves.ts'
import type { Progress } from './progress.ts'
import { type RunResult, readBatchResults } from './run-result.ts'

/** Lands the waves one after the other, each when the one before has settled, and leaves the results in `output`. */
export async function runPipeline(options: {
  contractsFolder: string
  waves: Pick<InputWave, 'folder'>[]
  output: string
  progress: Progress
}): Promise<RunResult> {
  const { contractsFolder, waves, output, progress } = options
  progress.step('Starting AWS and Spark on this machine')
  const pipeline = await startPipeline({ contractsDir: contractsFolder, onEvent: tell(progress) })
  try {
    for (const [index, { folder }] of waves.entries()) {
      progress.step(`Wave ${index + 1} of ${waves.length}: landing ${folder}`)
      await pipeline.land(folder)
      await pipeline.settle()
    }
    progress.step('Fetching the results')
    await pipeline.export(output)
    return await resultOf(pipeline, output)
  } finally {
    progress.step('Stopping')
    await pipeline.stop()
  }
}

async function resultOf(pipeline: Pipeline, output: string): Promise<RunResult> {
  const alerts = await pipeline.alerts()
  return {
    batches: await readBatchResults(pipeline.batches(), output),
    alerts: alerts.map(({ kind, dataset, message }) => ({ kind, dataset, message })),
    crawls: pipeline.crawls(),
  }
}

function tell(progress: Progress) {
  return (event: PipelineEvent) => {
    if (event.kind === 'packaging') progress.step('Packaging the service')
    if (event.kind === 'ready') progress.happened('The pipeline runs: the packaged template, deployed to this machine')
    if (event.kind === 'landed') progress.happened(`${event.files} ${event.files === 1 ? 'file' : 'files'} landed`)
    if (event.kind === 'batch') progress.happened(`Batch ${event.batchId}: ${event.status.toLowerCase()}`)
  }
}
