import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { runStateMachine, type TaskCall } from '../src/index.ts'
import { virtualClock } from '../src/virtual-clock.ts'
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

  it('shows the count in the context, and evaluates the Arguments again', async () => {
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
