import { describe, expect, it } from 'vitest'
import { unmarshalled } from '../../../functions/adapters/ledger/table.ts'
import { nameForReaction } from '../../../functions/runtime/lambda.ts'

const sdkError = (name: string, status?: number, code?: string) =>
  Object.assign(new Error('said by AWS'), { name, ...(code && { code }), ...(status && { $metadata: { httpStatusCode: status } }) })

describe('an error of the SDK', () => {
  it.each([
    'ThrottlingException',
    'TooManyRequestsException',
    'ProvisionedThroughputExceededException',
    'SlowDown',
    'RequestLimitExceeded',
    'ThrottledException',
    'ConcurrentRunsExceededException',
  ])('%s is a throttle', (name) => {
    expect(nameForReaction(sdkError(name, 400))?.name).toBe('ThrottledError')
  })

  it.each([
    sdkError('InternalServerError', 500),
    sdkError('ServiceUnavailable', 503),
    sdkError('InternalServiceException', 500),
    sdkError('TimeoutError'),
    sdkError('OperationTimeoutException', 400),
    sdkError('Error', undefined, 'ECONNRESET'),
    sdkError('Error', undefined, 'ECONNREFUSED'),
    sdkError('Error', undefined, 'EPIPE'),
  ])('$name $code passes by itself', (error) => {
    expect(nameForReaction(error)?.name).toBe('TransientDependencyError')
  })

  it.each(['AccessDeniedException', 'ValidationException', 'EntityNotFoundException'])('%s keeps its name', (name) => {
    const error = sdkError(name, 400)
    expect(nameForReaction(error)).toBe(error)
  })
})

it('the item of a refused condition keeps its lists, sets, numbers and maps', () => {
  expect(
    unmarshalled({
      sk: { S: 'a' },
      times: { L: [{ N: '1.5' }, { M: { on: { BOOL: true } } }] },
      none: { NULL: true },
      tags: { SS: ['x'] },
    }),
  ).toEqual({ sk: 'a', times: [1.5, { on: true }], none: null, tags: new Set(['x']) })
})
