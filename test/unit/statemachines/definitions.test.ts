import validate from 'asl-validator'
import { describe, expect, it } from 'vitest'
import { LONGEST_EXECUTION_SECONDS } from '../../../functions/domain/batch/batch.ts'
import * as errors from '../../../functions/domain/errors.ts'
import { machine, machineText, statesOf } from './definition.ts'

/** Names that AWS documents: of Step Functions itself, of its Lambda integration, and of the Glue API. */
const PLATFORM_ERRORS = new Set([
  'States.ALL',
  'States.DataLimitExceeded',
  'States.TaskFailed',
  'States.Timeout',
  'Lambda.ServiceException',
  'Lambda.AWSLambdaException',
  'Lambda.SdkClientException',
  'Lambda.TooManyRequestsException',
  'Sandbox.Timedout',
  'Glue.ConcurrentRunsExceededException',
  'Glue.CrawlerRunningException',
  'Glue.InternalServiceException',
  'Glue.OperationTimeoutException',
  'Glue.ResourceNumberLimitExceededException',
  'Glue.ThrottlingException',
  'StepFunctions.AWSStepFunctionsException',
  'StepFunctions.ExecutionAlreadyExistsException',
  'StepFunctions.ExecutionLimitExceededException',
  'Sfn.SdkClientException',
  'Sfn.SfnException',
])
/** Task by part of its resource → errors that go away by themselves. */
const PASSING_ERRORS: Record<string, string[]> = {
  'lambda:invoke': [
    'ThrottledError',
    'TransientDependencyError',
    'Lambda.ServiceException',
    'Lambda.AWSLambdaException',
    'Lambda.SdkClientException',
    'Lambda.TooManyRequestsException',
  ],
  // Only refusals to start: anything else may have left a run alive.
  'glue:startJobRun.sync': [
    'Glue.ConcurrentRunsExceededException',
    'Glue.ResourceNumberLimitExceededException',
    'Glue.ThrottlingException',
  ],
  'aws-sdk:glue:startCrawler': ['Glue.CrawlerRunningException', 'Glue.ThrottlingException', 'Glue.InternalServiceException'],
  'aws-sdk:glue': ['Glue.ThrottlingException', 'Glue.InternalServiceException', 'Glue.OperationTimeoutException'],
  'sqs:sendMessage': ['States.TaskFailed'],
  'states:startExecution.sync:2': ['StepFunctions.ExecutionLimitExceededException', 'StepFunctions.AWSStepFunctionsException'],
  'aws-sdk:sfn': ['Sfn.SfnException', 'Sfn.SdkClientException'],
}
const ownErrors = new Set(Object.values(errors).map((ErrorClass) => new ErrorClass('').name as string))

describe.each(['ingest', 'backfill'])('%s.asl.json', (name) => {
  const states = [...statesOf(machine(name))]
  const tasks = states.filter(([, state]) => state.Type === 'Task')

  it('is clean to asl-validator, before and after substitution', () => {
    for (const definition of [JSON.parse(machineText(name)), machine(name)]) {
      const verdict = validate(definition)
      expect(verdict.isValid, verdict.errorsText()).toBe(true)
    }
  })

  it('fits on a few screens', () => {
    const lines = machineText(name).trimEnd().split('\n').length
    expect(lines).toBeGreaterThanOrEqual(120)
    expect(lines).toBeLessThanOrEqual(250)
  })

  it('names only errors that are raised', () => {
    const named = states.flatMap(([, state]) => [...(state.Retry ?? []), ...(state.Catch ?? [])]).flatMap(({ ErrorEquals }) => ErrorEquals)
    const raised = [...machineText(name).matchAll(/"Error": "([^"{]+)"/g)].map((match) => match[1] ?? '')
    for (const error of named) expect(PLATFORM_ERRORS.has(error) || ownErrors.has(error), error).toBe(true)
    for (const error of raised) expect(ownErrors.has(error), error).toBe(true)
  })

  it('retries what passes, by what each kind of task may meet', () => {
    for (const [state, { Resource = '', Retry = [] }] of tasks) {
      const kind = Object.keys(PASSING_ERRORS).find((part) => Resource.includes(part)) ?? Resource
      const retried = Retry.flatMap(({ ErrorEquals }) => ErrorEquals)
      expect(retried, state).toEqual(expect.arrayContaining(PASSING_ERRORS[kind] ?? ['a kind of task that this test does not know']))
    }
  })

  it('catches what States.ALL does not, around the work', () => {
    for (const [state, { Type, Catch = [] }] of states) {
      if (Type !== 'Parallel' && Type !== 'Map') continue
      expect(
        Catch.flatMap(({ ErrorEquals }) => ErrorEquals),
        state,
      ).toEqual(['States.DataLimitExceeded', 'States.ALL'])
    }
  })

  it('never retries wrong input, and uses States.ALL only in Catch', () => {
    for (const [state, { Retry = [] }] of states) {
      const retried = Retry.flatMap(({ ErrorEquals }) => ErrorEquals)
      expect(retried, state).not.toContain('InvalidInputError')
      expect(retried, state).not.toContain('States.ALL')
    }
  })

  it.each(tasks)('bounds "%s" in time, below the machine', (_, state) => {
    expect(state.TimeoutSeconds).toBeDefined()
    if (typeof state.TimeoutSeconds === 'number') expect(state.TimeoutSeconds).toBeLessThan(machine(name).TimeoutSeconds ?? 0)
  })

  it('retries with jitter and a cap', () => {
    for (const [state, { Retry = [] }] of states) {
      for (const retrier of Retry as { JitterStrategy?: string; MaxDelaySeconds?: number; BackoffRate?: number; MaxAttempts?: number }[]) {
        expect(retrier.JitterStrategy, state).toBe('FULL')
        expect(retrier.MaxAttempts, state).toBeGreaterThan(0)
        if ((retrier.BackoffRate ?? 2) > 1) expect(retrier.MaxDelaySeconds, state).toBeGreaterThan(0)
      }
    }
  })
})

describe('time limits', () => {
  it('outlive no lease', () => {
    expect(machine('ingest').TimeoutSeconds).toBe(LONGEST_EXECUTION_SECONDS)
  })

  it('are nested: a chunk outlasts its execution of ingest, the backfill its longest chunk', () => {
    const chunk = [...statesOf(machine('backfill'))].find(([name]) => name === 'Ingest Chunk')?.[1]
    expect(chunk?.TimeoutSeconds).toBeGreaterThan(machine('ingest').TimeoutSeconds ?? Number.POSITIVE_INFINITY)
    expect(machine('backfill').TimeoutSeconds).toBeGreaterThan(Number(chunk?.TimeoutSeconds))
  })

  it('are nested: Glue below its task, the longest batch below the machine', () => {
    const curate = [...statesOf(machine('ingest'))].find(([name]) => name === 'Curate')?.[1]
    expect(curate?.TimeoutSeconds).toBe('{% $batch.job.timeoutMinutes * 60 + 3600 %}')
    const longestRun = 2880 * 60 + 3600
    const rest = { lease: 43_200, strays: 900, quality: 75 * 60, publish: 4 * 900, crawl: 30 * 60 + 3600, confirm: 300 }
    const total = longestRun + Object.values(rest).reduce((sum, seconds) => sum + seconds, 0)
    expect(machine('ingest').TimeoutSeconds).toBeGreaterThan(total)
  })
})
