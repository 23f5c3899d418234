import { BatchProcessor, EventType, processPartialResponse } from '@aws-lambda-powertools/batch'
import type { Context, SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda'
import { lambda, logger, nameForReaction } from './lambda.ts'

export interface QueueMessage {
  id: string
  body: string
}

/** A function that takes its messages one by one; those that fail come again, the others do not. */
export function sqsLambda(handle: (message: QueueMessage) => Promise<void>) {
  return sqsBatchLambda(async (messages) => {
    const failures = new Map<string, Error>()
    // In turn: messages of one dataset would only compete for its row.
    for (const message of messages) {
      try {
        await handle(message)
      } catch (error) {
        failures.set(message.id, error as Error)
      }
    }
    return failures
  })
}

/** A function that takes all its messages at once and returns which of them failed, and why. */
export function sqsBatchLambda(handle: (messages: QueueMessage[]) => Promise<Map<string, Error>>) {
  return lambda<SQSEvent, SQSBatchResponse>(async (event: SQSEvent, context: Context) => {
    const failures = await handle(event.Records.map(({ messageId, body }) => ({ id: messageId, body })))
    const settle = async ({ messageId, attributes }: SQSRecord) => {
      const failure = failures.get(messageId)
      if (failure === undefined) return
      const error = nameForReaction(failure) ?? failure
      logger.error('message failed', { messageId, receiveCount: attributes?.ApproximateReceiveCount, error })
      throw error
    }
    // When every message failed, the answer still names each: an exception would bring them all back at once.
    return processPartialResponse(event, settle, new BatchProcessor(EventType.SQS), { context, throwOnFullBatchFailure: false })
  })
}
