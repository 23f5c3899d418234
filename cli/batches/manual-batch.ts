import { manualBatchId } from '../../functions/domain/batch/batch.ts'
import { executionName } from '../../functions/domain/names.ts'
import type { Deployment } from '../deployment/connect.ts'

/** The id of the batch that an execution started by hand is: `runs`, `status` and the report have it by that. */
export async function batchOfExecution(
  dataset: string,
  executionArn: string,
  { executions }: Pick<Deployment, 'executions'>,
): Promise<string> {
  const startTime = (await executions.describe(executionArn))?.startedAt
  // Without its time the execution's own name is the best there is.
  return startTime
    ? manualBatchId(dataset, { id: executionArn, name: executionName(executionArn), startTime })
    : executionName(executionArn)
}
