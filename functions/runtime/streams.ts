import type { KinesisStreamBatchResponse } from 'aws-lambda'
import type { StreamKind } from '../domain/contract/landers.ts'
import { kafkaRecords } from '../domain/stream/kafka-event.ts'
import { kinesisRecords } from '../domain/stream/kinesis-event.ts'
import { placeOf, type StreamRecord } from '../domain/stream/record.ts'
import { lambda, logger, nameForReaction } from './lambda.ts'

interface Failure {
  /** The first record that was not landed. */
  from: StreamRecord
  error: Error
}

/** Of each kind of stream: how its event is read, and what has Lambda try again. */
const KINDS: Record<
  StreamKind,
  { recordsOf: (event: unknown) => StreamRecord[]; tryAgain: (failure: Failure) => KinesisStreamBatchResponse }
> = {
  // An exception would have Lambda split the batch, and the failure is in no record.
  kinesis: { recordsOf: kinesisRecords, tryAgain: ({ from }) => ({ batchItemFailures: [{ itemIdentifier: from.sequence }] }) },
  // Of a topic, Lambda reads reports of single records in its paid mode alone. After an error it repeats the batch, for as long as the topic has it.
  kafka: {
    recordsOf: kafkaRecords,
    tryAgain({ error }) {
      throw error
    },
  },
}

/** A function that takes a stream's records in their order and returns the first that it could not handle: Lambda brings it again. */
export function streamLambda(kind: () => StreamKind, handle: (records: StreamRecord[]) => Promise<Failure | undefined>) {
  return lambda<unknown, KinesisStreamBatchResponse>(async (event) => {
    const { recordsOf, tryAgain } = KINDS[kind()]
    const failure = await handle(recordsOf(event))
    if (failure === undefined) return { batchItemFailures: [] }
    const { from, error } = failure
    logger.error('records were not landed', { from: placeOf(from), error: nameForReaction(error) ?? error })
    return tryAgain(failure)
  })
}
