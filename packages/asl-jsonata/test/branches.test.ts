import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Json, runStateMachine, type TaskCall } from '../src/index.ts'
import { virtualClock } from '../src/virtual-clock.ts'
import { failure, machine, pass, task } from './machine.ts'

const WORK = 'arn:aws:states:::lambda:invoke'
const mapOver = (fields: Record<string, unknown>, states: Record<string, Record<string, unknown>>) =>
  machine({ M: { Type: 'Map', ItemProcessor: machine(states), End: true, ...fields } })

describe('Parallel', () => {
  it('answers in the order of its branches, whichever ends first', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 500 }), { minLength: 1, maxLength: 8 }), async (seconds) => {
        const branches = seconds.map((Seconds, i) => machine({ W: { Type: 'Wait', Seconds, Next: 'A' }, A: pass(i) }))
        const definition = machine({ P: { Type: 'Parallel', Branches: branches, End: true } })
        const { output } = await runStateMachine(definition, {}, { clock: virtualClock() })
        expect(output).toEqual(seconds.map((_, i) => i))
      }),
      { numRuns: 20 },
    )
  })

  it('gives every branch its Arguments, or its input', async () => {
    const branches = [machine({ A: pass('{% $states.input %}') })]
    const definition = (more: object) => machine({ P: { Type: 'Parallel', Branches: branches, End: true, ...more } })
    expect((await runStateMachine(definition({}), 1)).output).toEqual([1])
    expect((await runStateMachine(definition({ Arguments: { n: '{% $states.input + 1 %}' } }), 1)).output).toEqual([{ n: 2 }])
    expect((await runStateMachine(definition({ Output: '{% $states.result[0] & $states.input %}' }), 1)).output).toBe('11')
  })

  it('fails with the error of the branch that failed first, and stops the others', async () => {
    const clock = virtualClock()
    let wasStopped = false
    const tasks = {
      [WORK]: async ({ signal }: TaskCall) => {
        signal.addEventListener('abort', () => (wasStopped = true))
        await clock.sleep(3_600_000, { signal })
      },
    }
    const branches = [
      machine({ A: task(WORK) }),
      machine({ W: { Type: 'Wait', Seconds: 5, Next: 'F' }, F: { Type: 'Fail', Error: 'Broken', Cause: 'second' } }),
      machine({ W: { Type: 'Wait', Seconds: 50, Next: 'G' }, G: { Type: 'Fail', Error: 'Later' } }),
    ]
    const start = clock.now()
    const result = await runStateMachine(machine({ P: { Type: 'Parallel', Branches: branches, End: true } }), {}, { tasks, clock })
    expect(result).toMatchObject({ status: 'FAILED', error: 'Broken', cause: 'second' })
    expect(wasStopped).toBe(true)
    expect(clock.now() - start).toBe(5000)
    const types = result.history.map(({ type }) => type)
    expect(types.filter((type) => type.endsWith('Aborted')).sort()).toEqual(['TaskStateAborted', 'WaitStateAborted'])
    expect(types.slice(-2)).toEqual(['ParallelStateFailed', 'ExecutionFailed'])
  })
})

describe('Map', () => {
  it('answers in the order of its items and never runs more than MaxConcurrency at once', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 0, max: 100 }), { maxLength: 20 }),
        fc.integer({ min: 0, max: 7 }),
        async (items, maxConcurrency) => {
          const clock = virtualClock()
          let running = 0
          let most = 0
          const tasks = {
            [WORK]: async (call: TaskCall) => {
              most = Math.max(most, ++running)
              await clock.sleep((call.arguments as number) * 1000)
              running--
              return call.arguments
            },
          }
          const definition = mapOver({ MaxConcurrency: maxConcurrency }, { A: task(WORK) })
          const { output } = await runStateMachine(definition, items, { tasks, clock })
          expect(output).toEqual(items)
          expect(most).toBeLessThanOrEqual(maxConcurrency === 0 ? 40 : maxConcurrency)
        },
      ),
      { numRuns: 30 },
    )
  })

  it('inside a Parallel retries, catches and assigns for its own branch and item alone', async () => {
    const tasks = ({ arguments: args }: TaskCall) => {
      const { item, tries, who } = args as { item: number; tries: number; who: string }
      if (tries === 0) throw failure('Passing')
      if (item === 1) throw failure('Lasting')
      return `${item} for ${who}`
    }
    const each = {
      StartAt: 'Try',
      States: {
        Try: task(WORK, {
          Arguments: { item: '{% $states.input %}', tries: '{% $states.context.State.RetryCount %}', who: '{% $who %}' },
          Retry: [{ ErrorEquals: ['Lasting'], MaxAttempts: 0 }, { ErrorEquals: ['Passing'] }],
          Catch: [
            { ErrorEquals: ['Passing'], Next: 'Note' },
            {
              ErrorEquals: ['Lasting'],
              Next: 'Note',
              Assign: { last: '{% $states.errorOutput.Error %}' },
              Output: '{% $states.input %}',
            },
            { ErrorEquals: ['States.ALL'], Next: 'Note' },
          ],
        }),
        Note: pass("{% $last & ' at ' & $states.input & ' for ' & $who %}"),
      },
    }
    const branch = (who: string) => ({
      StartAt: 'Name',
      States: { Name: pass([1, 2], { Assign: { who }, Next: 'Each' }), Each: { Type: 'Map', ItemProcessor: each, End: true } },
    })
    const definition = machine({ Both: { Type: 'Parallel', Branches: [branch('a'), branch('b')], End: true } })
    const { output } = await runStateMachine(definition, {}, { tasks, clock: virtualClock() })
    expect(output).toEqual([
      ['Lasting at 1 for a', '2 for a'],
      ['Lasting at 1 for b', '2 for b'],
    ])
  })

  it('runs forty at a time when MaxConcurrency leaves it open', async () => {
    const clock = virtualClock()
    const start = clock.now()
    const definition = mapOver({}, { W: { Type: 'Wait', Seconds: 60, End: true } })
    await runStateMachine(definition, new Array(81).fill(0), { clock })
    expect(clock.now() - start).toBe(3 * 60_000)
  })

  it('shows the item and its index to ItemSelector and inside, the innermost first', async () => {
    const definition = machine({
      Outer: {
        Type: 'Map',
        Items: ['a', 'b'],
        ItemProcessor: machine({
          Inner: {
            Type: 'Map',
            Items: [10, 20],
            ItemSelector: {
              index: '{% $states.context.Map.Item.Index %}',
              value: '{% $states.context.Map.Item.Value %}',
              all: '{% $states.input %}',
            },
            ItemProcessor: machine({ A: pass('{% $string($states.input.value) & $states.input.all & $states.context.Map.Item.Index %}') }),
            Next: 'After',
          },
          After: pass('{% $append($states.input, $states.context.Map.Item.Value) %}'),
        }),
        End: true,
      },
    })
    expect((await runStateMachine(definition)).output).toEqual([
      ['10a0', '20a1', 'a'],
      ['10b0', '20b1', 'b'],
    ])
  })

  it('fails with the first failed iteration', async () => {
    const tasks = {
      [WORK]: ({ arguments: n }: TaskCall) => {
        if (n === 2) throw failure('Odd', 'two')
        return n
      },
    }
    const result = await runStateMachine(mapOver({ MaxConcurrency: 1 }, { A: task(WORK) }), [1, 2, 3], { tasks })
    expect(result).toMatchObject({ status: 'FAILED', error: 'Odd', cause: 'two' })
    expect(result.history.filter(({ type }) => type === 'MapIterationStarted')).toHaveLength(2)
  })

  it.each<[Json]>([['text'], [{ a: 1 }], [null], [3]])('does not take %j for items', async (items) => {
    const definition = mapOver({ Items: '{% $states.input.items %}' }, { A: pass(1) })
    expect(await runStateMachine(definition, { items })).toMatchObject({ status: 'FAILED', error: 'States.QueryEvaluationError' })
  })

  it('does not take the single value that a filter leaves for an array', async () => {
    const filtered = (wrap: string) => mapOver({ Items: `{% ${wrap} %}` }, { A: pass('{% $states.input %}') })
    const bare = await runStateMachine(filtered('$states.input[$ > 2]'), [1, 2, 3])
    expect(bare).toMatchObject({ status: 'FAILED', error: 'States.QueryEvaluationError' })
    expect((await runStateMachine(filtered('[$states.input[$ > 2]]'), [1, 2, 3])).output).toEqual([3])
    expect((await runStateMachine(filtered('[$states.input[$ > 5]]'), [1, 2, 3])).output).toEqual([])
  })

  it.each(['MaxConcurrency', 'ToleratedFailureCount'])('refuses a negative %s', async (field) => {
    const result = await runStateMachine(mapOver({ [field]: '{% -1 %}' }, { A: pass(1) }), [1])
    expect(result).toMatchObject({ status: 'FAILED', error: 'States.QueryEvaluationError' })
  })
})
