import { manualBatchId } from '../../functions/domain/batch/batch.ts'
import { failureSentence } from '../../functions/domain/batch/failure.ts'
import type { Laptop } from './laptop.ts'

export interface PipelineBatch {
  dataset: string
  batchId: string
  /** The execution's name, which is another than the batch's id where intake did not begin it. */
  execution: string
  status: string
  /** Why it failed. */
  error?: string
}

export const batchesOf = (executions: Laptop['executions']): PipelineBatch[] =>
  [...executions.values()]
    .filter(({ stateMachineName }) => stateMachineName.endsWith('-ingest'))
    .map(({ executionArn, name, status, input, startDate, error, cause }) => {
      const { dataset = datasetOf(name), batchId } = (input ?? {}) as { dataset?: string; batchId?: string }
      const startTime = new Date(startDate).toISOString()
      return {
        dataset,
        batchId: batchId ?? manualBatchId(dataset, { id: executionArn, name, startTime }),
        execution: name,
        status,
        ...(error !== undefined && { error: failureSentence({ Error: error, Cause: cause }) }),
      }
    })

/** `<dataset>-<time>-<hash>` → dataset. */
export const datasetOf = (batchId: string) => batchId.replace(/-\d{8}T\d{6}Z-[0-9a-f]+$/, '')
