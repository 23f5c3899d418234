import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createStepFunctions, type TaskCall, type Tasks } from '../src/index.ts'
import { virtualClock } from '../src/virtual-clock.ts'
import { failure, machine, pass, task } from './machine.ts'

const WORK = 'arn:aws:states:::lambda:invoke'
const work = (step: string, more = {}) => task(WORK, { Arguments: { step, input: '{% $states.input %}' }, ...more })

/** The face with one machine, called in process. */
async function face(definition: unknown, tasks: Tasks, clock = virtualClock()) {
  const statuses: string[] = []
  const stepFunctions = createStepFunctions({ tasks, clock, onStatusChange: ({ status }) => void statuses.push(status) })
  const call = async (action: string, body: unknown) => {
    const { status, body: answer } = await stepFunctions.handle(`AWSStepFunctions.${action}`, JSON.stringify(body))
    if (status !== 200) throw failure(String(answer.__type), String(answer.message))
    // Its shape is the action's; what a test needs of it, it asserts.
    return answer as any
  }
  const { stateMachineArn } = await call('CreateStateMachine', { name: 'm', definition: JSON.stringify(definition) })
  const start = async (input: unknown) => {
    const { executionArn } = await call('StartExecution', { stateMachineArn, input: JSON.stringify(input) })
    await stepFunctions.settled()
    return executionArn as string
  }
  const redrive = async (executionArn: string) => {
    await call('RedriveExecution', { executionArn })
    await stepFunctions.settled()
    return call('DescribeExecution', { executionArn })
  }
  return { call, start, redrive, statuses, settled: stepFunctions.settled }
}

describe('RedriveExecution', () => {
  it.each(['INLINE', 'DISTRIBUTED'])('goes on until all is done, and does nothing twice, with an %s Map', async (mode) => {
    const config = mode === 'INLINE' ? { Mode: mode } : { Mode: mode, ExecutionType: 'STANDARD' }
    const processor = {
      ...machine({ One: work('one', { Next: 'Two' }), Two: work('two') }),
      QueryLanguage: undefined,
      ProcessorConfig: config,
    }
    const definition = machine({
      First: work('first', { Assign: { seen: '{% $states.input.items %}' }, Output: '{% $states.input.items %}', Next: 'Each' }),
      Each: { Type: 'Map', MaxConcurrency: 1, ItemProcessor: processor, Next: 'Last' },
      Last: work('last', { Output: { results: '{% $states.input %}', seen: '{% $seen %}' } }),
    })
    await fc.assert(
      fc.asyncProperty(
        fc.dictionary(fc.constantFrom('first', 'one:1', 'two:1', 'one:2', 'two:3', 'last'), fc.integer({ min: 1, max: 2 })),
        async (plan) => {
          const failures = { ...plan }
          const done: string[] = []
          const { start, redrive, call } = await face(definition, ({ arguments: args }: TaskCall) => {
            const { step, input } = args as { step: string; input: unknown }
            const key = typeof input === 'number' ? `${step}:${input}` : step
            if ((failures[key] ?? 0) > 0) {
              failures[key] = (failures[key] as number) - 1
              throw failure('Broken', key)
            }
            done.push(key)
            return input
          })
          const executionArn = await start({ items: [1, 2, 3] })
          let described = await call('DescribeExecution', { executionArn })
          let redrives = 0
          while (described.status !== 'SUCCEEDED' && redrives < 20) {
            expect(described.redriveStatus).toBe('REDRIVABLE')
            described = await redrive(executionArn)
            expect(described.redriveCount).toBe(++redrives)
          }
          expect(JSON.parse(described.output)).toEqual({ results: [1, 2, 3], seen: [1, 2, 3] })
          expect(done).toEqual(['first', 'one:1', 'two:1', 'one:2', 'two:2', 'one:3', 'two:3', 'last'].sort(byFirst(done)))
          expect(new Set(done).size).toBe(done.length)
        },
      ),
      { numRuns: 25 },
    )
  })

  it('keeps the branches of a Parallel that were done', async () => {
    const clock = virtualClock()
    const calls: string[] = []
    let broken = true
    const definition = machine({
      P: {
        Type: 'Parallel',
        Branches: [machine({ A: work('a') }), machine({ W: { Type: 'Wait', Seconds: 60, Next: 'B' }, B: work('b') })],
        End: true,
      },
    })
    const tasks = ({ arguments: args }: TaskCall) => {
      const { step } = args as { step: string }
      calls.push(step)
      if (step === 'b' && broken) throw failure('Broken')
      return step
    }
    const { start, redrive } = await face(definition, tasks, clock)
    const executionArn = await start({})
    broken = false
    const described = await redrive(executionArn)
    expect(described).toMatchObject({ status: 'SUCCEEDED', output: '["a","b"]' })
    expect(calls).toEqual(['a', 'b', 'b'])
  })

  it('continues the Map Run and its unfinished children under their own names', async () => {
    let broken = true
    const processor = { ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' }, StartAt: 'A', States: { A: work('a') } }
    const definition = machine({ M: { Type: 'Map', ToleratedFailureCount: 0, MaxConcurrency: 1, ItemProcessor: processor, End: true } })
    const { start, redrive, call } = await face(definition, ({ arguments: args }: TaskCall) => {
      const { input } = args as { input: number }
      if (input === 2 && broken) throw failure('Broken')
      return input
    })
    const executionArn = await start([1, 2, 3])
    const runs = async () => (await call('ListMapRuns', { executionArn })).mapRuns as { mapRunArn: string }[]
    const [before] = await runs()
    const mapRunArn = before?.mapRunArn
    const children = async () =>
      (await call('ListExecutions', { mapRunArn })).executions as { executionArn: string; redriveCount: number }[]
    const failed = (await children()).map((child) => child.executionArn)
    expect(await call('DescribeMapRun', { mapRunArn })).toMatchObject({
      status: 'FAILED',
      executionCounts: { succeeded: 1, failed: 1, aborted: 1 },
    })

    broken = false
    expect(await redrive(executionArn)).toMatchObject({ status: 'SUCCEEDED', output: '[1,2,3]' })
    expect(await runs()).toHaveLength(1)
    expect(await call('DescribeMapRun', { mapRunArn })).toMatchObject({
      status: 'SUCCEEDED',
      redriveCount: 1,
      executionCounts: { total: 3, succeeded: 3 },
    })
    const after = await children()
    expect(after.map((child) => child.executionArn)).toEqual(expect.arrayContaining(failed))
    expect(after.map((child) => child.redriveCount).sort()).toEqual([0, 0, 1])
    const { events } = await call('GetExecutionHistory', { executionArn })
    expect(events.map(({ type }: { type: string }) => type)).toContain('MapRunRedriven')
  })

  it('shows itself in the history, the context and the events', async () => {
    let broken = true
    const definition = machine({
      A: work('a', { Output: '{% [$states.context.Execution.RedriveCount, $exists($states.context.Execution.RedriveTime)] %}' }),
    })
    const { start, redrive, call, statuses } = await face(definition, () => {
      if (broken) throw failure('Broken')
      return 1
    })
    const executionArn = await start({})
    broken = false
    const described = await redrive(executionArn)
    expect(JSON.parse(described.output)).toEqual([1, true])
    expect(described.error).toBeUndefined()
    const { events } = await call('GetExecutionHistory', { executionArn })
    const types = events.map(({ type }: { type: string }) => type)
    expect(types.slice(types.indexOf('ExecutionFailed'))).toEqual([
      'ExecutionFailed',
      'ExecutionRedriven',
      'TaskScheduled',
      'TaskStarted',
      'TaskSucceeded',
      'TaskStateExited',
      'ExecutionSucceeded',
    ])
    expect(statuses).toEqual(['RUNNING', 'FAILED', 'RUNNING', 'SUCCEEDED'])
  })

  it('takes a stopped execution up again, and keeps the definition that it started with', async () => {
    const clock = virtualClock()
    let release = () => {}
    const definition = machine({ A: work('a', { Next: 'Z' }), Z: pass('old') })
    const { call, redrive, settled } = await face(definition, () => new Promise<void>((resolve) => (release = resolve)), clock)
    const stateMachineArn = 'arn:aws:states:us-east-1:000000000000:stateMachine:m'
    const { executionArn } = await call('StartExecution', { stateMachineArn, input: '{}' })
    await call('StopExecution', { executionArn })
    await settled()
    await call('UpdateStateMachine', { stateMachineArn, definition: JSON.stringify(machine({ Z: pass('new') })) })
    setTimeout(() => release(), 5)
    expect(await redrive(executionArn)).toMatchObject({ status: 'SUCCEEDED', output: '"old"' })
  })

  it('is refused for what succeeded, still runs, or ended more than 14 days ago', async () => {
    const clock = virtualClock()
    const { start, call } = await face(
      machine({ A: work('a') }),
      ({ arguments: args }: TaskCall) => {
        if ((args as { input: { fail?: boolean } }).input.fail) throw failure('Broken')
        return 1
      },
      clock,
    )
    await expect(call('RedriveExecution', { executionArn: await start({}) })).rejects.toMatchObject({ name: 'ExecutionNotRedrivable' })
    const executionArn = await start({ fail: true })
    await clock.sleep(15 * 24 * 3600 * 1000)
    await expect(call('RedriveExecution', { executionArn })).rejects.toMatchObject({ name: 'ExecutionNotRedrivable' })
    expect(await call('DescribeExecution', { executionArn })).toMatchObject({ redriveStatus: 'NOT_REDRIVABLE' })
  })
})

/** Sorts as they were seen, so that you see what is missing or doubled. */
const byFirst = (seen: string[]) => (a: string, b: string) => seen.indexOf(a) - seen.indexOf(b)
