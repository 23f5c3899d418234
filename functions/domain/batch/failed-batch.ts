import { z } from 'zod'

/**
 * A message of the failed-batches queue: everything needed to run the batch again. Written by the state machine's failure path,
 * and by close-batch for executions that could not run theirs (aborted, timed out).
 */
export const failedBatchSchema = z.looseObject({
  dataset: z.string(),
  batchId: z.string(),
  executionArn: z.string(),
  /** The execution's whole input. */
  input: z.looseObject({ dataset: z.string() }),
  error: z.string().optional(),
  cause: z.string().optional(),
})
export type FailedBatch = z.infer<typeof failedBatchSchema>
