import type { Context, KinesisStreamBatchResponse } from 'aws-lambda'
import { recordsOf } from '../domain/stream/kinesis-event.ts'
import type { StreamRecord } from '../domain/stream/record.ts'
import { lambda, logger, nameForReaction } from './lambda.ts'

/** A function that takes a stream's records in their order and returns the first that it could not handle: Lambda begins there again. */
export function kinesisLambda(handle: (records: StreamRecord[]) => Promise<{ from: StreamRecord; error: Error } | undefined>) {
  return lambda<unknown, KinesisStreamBatchResponse>(async (event: unknown, _context: Context) => {
    const failure = await handle(recordsOf(event))
    if (failure === undefined) return { batchItemFailures: [] }
    const { shard, sequence } = failure.from
    logger.error('records were not landed', { from: `${shard}:${sequence}`, error: nameForReaction(failure.error) ?? failure.error })
    // An exception would have Lambda split the batch, and the failure is in no record.
    return { batchItemFailures: [{ itemIdentifier: sequence }] }
  })
}
