import { Logger } from '@aws-lambda-powertools/logger'
import middy from '@middy/core'
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

const THROTTLES = /Throttl|TooManyRequests|LimitExceeded|SlowDown|RequestLimit|ProvisionedThroughput/
// AbortError: a request that was aborted after its time limit.
const TRANSIENT = /Timeout|AbortError|ECONNRESET|ECONNREFUSED|EPIPE|InternalServer|InternalError|InternalFailure|ServiceUnavailable|503/

/** SDK error → our error by what to do about it; ours and unknown ones pass through. */
export function nameForReaction(error: Error | null): Error | null {
  if (error === null || error instanceof ThrottledError || error instanceof TransientDependencyError) return error
  const status = (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode
  const code = `${error.name} ${(error as { code?: string }).code ?? ''}`
  if (THROTTLES.test(code)) return new ThrottledError(`${error.name}: ${error.message}`, { cause: error })
  if (TRANSIENT.test(code) || (status !== undefined && status >= 500)) {
    return new TransientDependencyError(`${error.name}: ${error.message}`, { cause: error })
  }
  if (error.name === 'ZodError') return new InvalidInputError(error.message, { cause: error })
  return error
}
