import { Logger } from '@aws-lambda-powertools/logger'
import middy from '@middy/core'
import { isServerError, isThrottlingError, isTransientError } from '@smithy/service-error-classification'
import type { Context } from 'aws-lambda'
import { InvalidInputError, ThrottledError, TransientDependencyError } from '../domain/errors.ts'

export const logger = new Logger({ serviceName: 'sluice' })

/** The one middy stack: request-scoped logging, and SDK errors renamed to the names that state machines match. */
export function lambda<Event, Result>(handle: (event: Event, context: Context) => Promise<Result>) {
  return middy<Event, Result>(handle)
    .before((request) => {
      logger.addContext(request.context)
    })
    .onError((request) => {
      request.error = nameForReaction(request.error)
      logger.error('failed', { error: request.error ?? undefined })
    })
}

/** Quotas and moments of Glue and of our own time limits, which the SDK's list of retryable errors does not have. */
const QUOTA_ERRORS = new Set(['ConcurrentRunsExceededException', 'ResourceNumberLimitExceededException', 'ExecutionLimitExceeded'])
const PASSING_ERRORS = new Set(['OperationTimeoutException', 'AbortError'])

type SdkError = Parameters<typeof isThrottlingError>[0]

/** SDK error → our error by what to do about it; ours and unknown ones pass through. */
export function nameForReaction(error: Error | null): Error | null {
  if (error === null || error instanceof ThrottledError || error instanceof TransientDependencyError) return error
  const sdkError = error as SdkError
  const said = `${error.name}: ${error.message}`
  if (isThrottlingError(sdkError) || QUOTA_ERRORS.has(error.name)) return new ThrottledError(said, { cause: error })
  if (isTransientError(sdkError) || isServerError(sdkError) || PASSING_ERRORS.has(error.name)) {
    return new TransientDependencyError(said, { cause: error })
  }
  if (error.name === 'ZodError') return new InvalidInputError(error.message, { cause: error })
  return error
}
