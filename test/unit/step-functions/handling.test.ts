import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { runStateMachine, type TaskCall, TaskTokens } from '../../../local/step-functions/index.ts'
import { virtualClock } from '../../../local/step-functions/virtual-clock.ts'
import { failure, machine, pass, task } from './machine.ts'

const FLAKY = 'arn:aws:states:::lambda:invoke'

/** Fails with these errors in turn, then answers `done`. */
const failing = (...errors: (Error | undefined)[]) => {
  const calls: TaskCall[] = []
  const handler = (call: TaskCall) => {
    const error = errors[calls.push(call) - 1]
    if (error) throw error
    return 'done'
  }
  return { calls, tasks: { [FLAKY]: handler } }
}
const retryDelays = (clock: ReturnType<typeof virtualClock>) => clock.sleeps.filter((s) => s.purpose === 'retry').map((s) => s.ms / 1000)

describe('Retry', () => {
  const retried = (retry: object[], more = {}) => machine({ A: task(FLAKY, { Retry: retry, ...more }) })

  it('waits a second, doubles, and gives up after three by default', async () => {
    const clock = virtualClock()
    const { calls, tasks } = failing(...Array.from({ length: 9 }, () => failure('Busy', 'again')))
    const result = await runStateMachine(retried([{ ErrorEquals: ['Busy'] }]), {}, { tasks, clock })
    expect(result).toMatchObject({ status: 'FAILED', error: 'Busy', cause: 'again' })
    expect(calls).toHaveLength(4)
    expect(retryDelays(clock)).toEqual([1, 2, 4])
  })

  it('caps the delay', async () => {
    const clock = virtualClock()
    const retry = { ErrorEquals: ['Busy'], IntervalSeconds: 5, BackoffRate: 3, MaxAttempts: 5, MaxDelaySeconds: 50 }
    const { tasks } = failing(...Array.from({ length: 5 }, () => failure('Busy')))
    const result = await runStateMachine(retried([retry]), {}, { tasks, clock })
    expect(result.output).toBe('done')
    expect(retryDelays(clock)).toEqual([5, 15, 45, 50, 50])
  })

  it('spreads the delays with full jitter, within the delay it would have waited', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          interval: fc.integer({ min: 1, max: 30 }),
          rate: fc.double({ min: 1, max: 4, noNaN: true }),
          cap: fc.integer({ min: 31, max: 120 }),
          attempts: fc.integer({ min: 0, max: 6 }),
          random: fc.double({ min: 0, max: 0.999, noNaN: true }),
        }),
        async ({ interval, rate, cap, attempts, random }) => {
          const clock = virtualClock()
          const retry = { ErrorEquals: ['Busy'], IntervalSeconds: interval, BackoffRate: rate, MaxAttempts: attempts, MaxDelaySeconds: cap }
          const { calls, tasks } = failing(...Array.from({ length: 20 }, () => failure('Busy')))
          await runStateMachine(retried([{ ...retry, JitterStrategy: 'FULL' }]), {}, { tasks, clock, random: () => random })
          expect(calls).toHaveLength(attempts + 1)
          for (const [i, delay] of retryDelays(clock).entries()) {
            expect(delay).toBeCloseTo(random * Math.min(cap, interval * rate ** i), 6)
          }
        },
      ),
      { numRuns: 40 },
    )
  })

  it('counts each retrier for itself and asks only the first that matches', async () => {
    const { calls, tasks } = failing(failure('A'), failure('B'), failure('A'), failure('B'), failure('B'))
    const retry = [{ ErrorEquals: ['A'], MaxAttempts: 2 }, { ErrorEquals: ['B'], MaxAttempts: 2 }, { ErrorEquals: ['States.ALL'] }]
    const result = await runStateMachine(retried(retry), {}, { tasks, clock: virtualClock() })
    expect(result).toMatchObject({ status: 'FAILED', error: 'B' })
    expect(calls).toHaveLength(5)
  })

  it('shows the count in the context, and evaluates the Arguments anew', async () => {
    const { calls, tasks } = failing(failure('Busy'), failure('Busy'))
    const fields = { Arguments: { n: '{% $states.context.State.RetryCount %}' }, Output: '{% $states.context.State.RetryCount %}' }
    const { output } = await runStateMachine(retried([{ ErrorEquals: ['Busy'] }], fields), {}, { tasks, clock: virtualClock() })
    expect(calls.map((call) => call.arguments)).toEqual([{ n: 0 }, { n: 1 }, { n: 2 }])
    expect(output).toBe(2)
  })

  it('repeats a Map as a whole', async () => {
    const { calls, tasks } = failing(undefined, failure('Busy'))
    const definition = machine({
      M: { Type: 'Map', MaxConcurrency: 1, ItemProcessor: machine({ A: task(FLAKY) }), Retry: [{ ErrorEquals: ['Busy'] }], End: true },
    })
    const { output } = await runStateMachine(definition, [1, 2], { tasks, clock: virtualClock() })
    expect(output).toEqual(['done', 'done'])
    expect(calls.map((call) => call.arguments)).toEqual([1, 2, 1, 2])
  })
})

describe('Catch', () => {
  const caught = (errorEquals: string[], error: Error, more = {}) =>
    runStateMachine(
      machine({
        A: task(FLAKY, { Catch: [{ ErrorEquals: errorEquals, Next: 'Caught' }], ...more }),
        Caught: pass({ caught: '{% $states.input %}' }),
      }),
      { a: 1 },
      { tasks: failing(error).tasks, clock: virtualClock() },
    )
  const big = 'x'.repeat(262_145)
  const tooMuch = (errorEquals: string[]) =>
    runStateMachine(
      machine({ A: task(FLAKY, { Catch: [{ ErrorEquals: errorEquals, Next: 'Caught' }] }), Caught: pass('caught') }),
      {},
      { tasks: { [FLAKY]: () => big } },
    )

  it('hands the error on when it has no Output', async () => {
    expect((await caught(['Busy'], failure('Busy', 'why'))).output).toEqual({ caught: { Error: 'Busy', Cause: 'why' } })
  })

  it.each([
    ['States.ALL', 'Anything', true],
    ['States.TaskFailed', 'Anything', true],
    ['States.TaskFailed', 'States.Timeout', false],
    ['States.ALL', 'States.Timeout', true],
    ['States.ALL', 'States.Runtime', false],
    ['States.Runtime', 'States.Runtime', false],
    ['Other', 'Anything', false],
  ])('%s and %s: caught %j', async (wanted, thrown, isCaught) => {
    const result = await caught([wanted], failure(thrown))
    expect(result.status).toBe(isCaught ? 'SUCCEEDED' : 'FAILED')
    if (!isCaught) expect(result.error).toBe(thrown)
  })

  it('States.ALL misses a result that is too large, its own name does not', async () => {
    expect(await tooMuch(['States.ALL'])).toMatchObject({ status: 'FAILED', error: 'States.DataLimitExceeded' })
    expect(await tooMuch(['States.TaskFailed'])).toMatchObject({ status: 'FAILED', error: 'States.DataLimitExceeded' })
    expect(await tooMuch(['States.DataLimitExceeded'])).toMatchObject({ status: 'SUCCEEDED', output: 'caught' })
  })

  it('assigns to the scope of its state, and shapes its own output', async () => {
    const definition = machine({
      P: {
        Type: 'Parallel',
        Branches: [machine({ A: task(FLAKY) })],
        Catch: [
          {
            ErrorEquals: ['States.ALL'],
            Assign: { reason: '{% $states.errorOutput.Cause %}' },
            Output: { input: '{% $states.input %}', error: '{% $states.errorOutput.Error %}' },
            Next: 'Z',
          },
        ],
        End: true,
      },
      Z: pass('{% $merge([$states.input, {"reason": $reason}]) %}'),
    })
    const { output } = await runStateMachine(definition, 5, { tasks: failing(failure('Busy', 'late')).tasks })
    expect(output).toEqual({ input: 5, error: 'Busy', reason: 'late' })
  })

  it('takes an Output that cannot be evaluated for the failure of the state', async () => {
    const definition = machine({
      A: task(FLAKY, { Output: '{% $none %}', Catch: [{ ErrorEquals: ['States.QueryEvaluationError'], Next: 'Caught' }] }),
      Caught: pass('{% $states.input.Error %}'),
    })
    const { output, history } = await runStateMachine(definition, {}, { tasks: failing().tasks })
    expect(output).toBe('States.QueryEvaluationError')
    const types = history.map(({ type }) => type)
    expect(types).toContain('TaskSucceeded')
    expect(types).not.toContain('TaskFailed')
  })

  it('fails the execution when its own Output cannot be evaluated', async () => {
    const result = await runStateMachine(
      machine({ A: task(FLAKY, { Catch: [{ ErrorEquals: ['States.ALL'], Output: '{% $none %}', Next: 'Z' }] }), Z: pass(1) }),
      {},
      { tasks: failing(failure('Busy')).tasks },
    )
    expect(result).toMatchObject({ status: 'FAILED', error: 'States.QueryEvaluationError' })
  })
})

describe('timeouts', () => {
  const never = ({ signal }: TaskCall) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))

  it('end a task that never answers, and tell its handler', async () => {
    let aborted = false
    const tasks = {
      [FLAKY]: (call: TaskCall) => {
        call.signal.addEventListener('abort', () => (aborted = true))
        return never(call)
      },
    }
    const clock = virtualClock()
    const result = await runStateMachine(machine({ A: task(FLAKY, { TimeoutSeconds: '{% 10 * 60 %}' }) }), {}, { tasks, clock })
    expect(result).toMatchObject({ status: 'FAILED', error: 'States.Timeout' })
    expect(aborted).toBe(true)
    expect(result.history.map(({ type }) => type)).toContain('TaskTimedOut')
    expect(result.history.find(({ type }) => type === 'TaskScheduled')?.taskScheduledEventDetails).toMatchObject({ timeoutInSeconds: 600 })
  })

  it('leave alone a task that takes its time on the clock but answers', async () => {
    const clock = virtualClock()
    const tasks = { [FLAKY]: () => clock.sleep(599_000).then(() => 'done') }
    expect((await runStateMachine(machine({ A: task(FLAKY, { TimeoutSeconds: 600 }) }), {}, { tasks, clock })).output).toBe('done')
  })

  it('are caught with an empty cause', async () => {
    const fields = { TimeoutSeconds: 5, Catch: [{ ErrorEquals: ['States.Timeout'], Next: 'Z' }] }
    const definition = machine({ A: task(FLAKY, fields), Z: { Type: 'Succeed' } })
    const { output } = await runStateMachine(definition, {}, { tasks: { [FLAKY]: never }, clock: virtualClock() })
    expect(output).toEqual({ Error: 'States.Timeout', Cause: '' })
  })

  it('of the whole machine are not caught by any state', async () => {
    const fields = { Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Z' }], Retry: [{ ErrorEquals: ['States.ALL'] }] }
    const definition = machine({ A: task(FLAKY, fields), Z: pass(1) }, { TimeoutSeconds: 60 })
    const clock = virtualClock()
    const start = clock.now()
    const result = await runStateMachine(definition, {}, { tasks: { [FLAKY]: never }, clock })
    expect(result).toMatchObject({ status: 'TIMED_OUT', error: 'States.Timeout' })
    expect(clock.now() - start).toBe(60_000)
    expect(result.history.at(-1)?.type).toBe('ExecutionTimedOut')
  })

  it('of heartbeats end a task that falls silent, not one that beats', async () => {
    const clock = virtualClock()
    const beating = async (call: TaskCall) => {
      for (let i = 0; i < 5; i++) {
        await clock.sleep(20_000)
        call.heartbeat()
      }
      return 'done'
    }
    const definition = machine({ A: task(FLAKY, { HeartbeatSeconds: 30 }) })
    expect((await runStateMachine(definition, {}, { tasks: { [FLAKY]: beating }, clock })).output).toBe('done')
    const silent = await runStateMachine(definition, {}, { tasks: { [FLAKY]: never }, clock: virtualClock() })
    expect(silent).toMatchObject({ status: 'FAILED', error: 'States.Timeout' })
  })

  it('of heartbeats may be caught by either name', async () => {
    for (const name of ['States.HeartbeatTimeout', 'States.Timeout']) {
      const fields = { HeartbeatSeconds: 30, Catch: [{ ErrorEquals: [name], Next: 'Z' }] }
      const definition = machine({ A: task(FLAKY, fields), Z: pass('caught') })
      expect((await runStateMachine(definition, {}, { tasks: { [FLAKY]: never }, clock: virtualClock() })).output).toBe('caught')
    }
  })
})

describe('tokens', () => {
  const ASK = 'arn:aws:states:::sqs:sendMessage.waitForTaskToken'
  const ask = machine({ A: task(ASK, { Arguments: { Token: '{% $states.context.Task.Token %}' }, TimeoutSeconds: 60 }) })

  it('carry the answer, or the failure, back to the state', async () => {
    const tokens = new TaskTokens()
    const answering = (answer: (token: string) => void) => ({
      [ASK]: ({ arguments: args }: TaskCall) => {
        setTimeout(() => answer((args as { Token: string }).Token), 1)
        return { MessageId: '1' }
      },
    })
    const ok = await runStateMachine(ask, {}, { tokens, tasks: answering((token) => tokens.succeed(token, { fine: true })) })
    expect(ok.output).toEqual({ fine: true })
    expect(ok.history.map(({ type }) => type)).toContain('TaskSubmitted')
    const bad = await runStateMachine(ask, {}, { tokens, tasks: answering((token) => tokens.fail(token, 'Refused', 'no')) })
    expect(bad).toMatchObject({ status: 'FAILED', error: 'Refused', cause: 'no' })
  })

  it('are worthless once the state timed out', async () => {
    const tokens = new TaskTokens()
    let token = ''
    const tasks = { [ASK]: (call: TaskCall) => void (token = call.taskToken as string) }
    const result = await runStateMachine(ask, {}, { tokens, tasks, clock: virtualClock() })
    expect(result).toMatchObject({ status: 'FAILED', error: 'States.Timeout' })
    expect(tokens.succeed(token, 1)).toBe(false)
  })
})

describe('tasks', () => {
  it('take the input for their Arguments, and give their result for the output', async () => {
    const { calls, tasks } = failing()
    const { output } = await runStateMachine(machine({ A: task(FLAKY) }), { a: 1 }, { tasks })
    expect(calls[0]).toMatchObject({ resource: FLAKY, arguments: { a: 1 } })
    expect(output).toBe('done')
  })

  it('may be one function for all resources', async () => {
    const definition = machine({ A: task('arn:one', { Next: 'B' }), B: task('arn:two') })
    const { output } = await runStateMachine(definition, [], { tasks: ({ resource, arguments: seen }) => [seen, resource] })
    expect(output).toEqual([[[], 'arn:one'], 'arn:two'])
  })

  it('without a handler fail the execution, past any Catch', async () => {
    const definition = machine({ A: task('arn:none', { Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Z' }] }), Z: pass(1) })
    const result = await runStateMachine(definition, {}, { tasks: {} })
    expect(result).toMatchObject({
      status: 'FAILED',
      error: 'States.Runtime',
      cause: "No task handler was given for the resource 'arn:none'",
    })
  })

  it('may return nothing, or what JSON makes something else of', async () => {
    const definition = machine({ A: task('arn:x') })
    expect((await runStateMachine(definition, {}, { tasks: () => undefined })).output).toBe(null)
    expect((await runStateMachine(definition, {}, { tasks: () => ({ at: new Date(0), gone: undefined }) })).output).toEqual({
      at: '1970-01-01T00:00:00.000Z',
    })
  })

  it('named by a function ARN have the events of a function', async () => {
    const arn = 'arn:aws:lambda:us-east-1:000000000000:function:f'
    const { history } = await runStateMachine(machine({ A: task(arn) }), {}, { tasks: () => 1 })
    expect(history.map(({ type }) => type).filter((type) => type.startsWith('Lambda'))).toEqual([
      'LambdaFunctionScheduled',
      'LambdaFunctionStarted',
      'LambdaFunctionSucceeded',
    ])
  })
})
