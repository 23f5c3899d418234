import { describe, expect, it } from 'vitest'
import { runStateMachine, type TaskCall, TaskTokens } from '../src/index.ts'
import { virtualClock } from '../src/virtual-clock.ts'
import { machine, pass, task } from './machine.ts'

const INVOKE = 'arn:aws:states:::lambda:invoke'

describe('timeouts', () => {
  const never = ({ signal }: TaskCall) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))

  it('end a task that never answers, and notify its handler', async () => {
    let aborted = false
    const tasks = {
      [INVOKE]: (call: TaskCall) => {
        call.signal.addEventListener('abort', () => (aborted = true))
        return never(call)
      },
    }
    const clock = virtualClock()
    const result = await runStateMachine(machine({ A: task(INVOKE, { TimeoutSeconds: '{% 10 * 60 %}' }) }), {}, { tasks, clock })
    expect(result).toMatchObject({ status: 'FAILED', error: 'States.Timeout' })
    expect(aborted).toBe(true)
    expect(result.history.map(({ type }) => type)).toContain('TaskTimedOut')
    expect(result.history.find(({ type }) => type === 'TaskScheduled')?.taskScheduledEventDetails).toMatchObject({ timeoutInSeconds: 600 })
  })

  it('leave alone a task that takes its time on the clock but answers', async () => {
    const clock = virtualClock()
    const tasks = { [INVOKE]: () => clock.sleep(599_000).then(() => 'done') }
    expect((await runStateMachine(machine({ A: task(INVOKE, { TimeoutSeconds: 600 }) }), {}, { tasks, clock })).output).toBe('done')
  })

  it('are caught with an empty cause', async () => {
    const fields = { TimeoutSeconds: 5, Catch: [{ ErrorEquals: ['States.Timeout'], Next: 'Z' }] }
    const definition = machine({ A: task(INVOKE, fields), Z: { Type: 'Succeed' } })
    const { output } = await runStateMachine(definition, {}, { tasks: { [INVOKE]: never }, clock: virtualClock() })
    expect(output).toEqual({ Error: 'States.Timeout', Cause: '' })
  })

  it('of the whole machine are not caught by any state', async () => {
    const fields = { Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Z' }], Retry: [{ ErrorEquals: ['States.ALL'] }] }
    const definition = machine({ A: task(INVOKE, fields), Z: pass(1) }, { TimeoutSeconds: 60 })
    const clock = virtualClock()
    const start = clock.now()
    const result = await runStateMachine(definition, {}, { tasks: { [INVOKE]: never }, clock })
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
    const definition = machine({ A: task(INVOKE, { HeartbeatSeconds: 30 }) })
    expect((await runStateMachine(definition, {}, { tasks: { [INVOKE]: beating }, clock })).output).toBe('done')
    const silent = await runStateMachine(definition, {}, { tasks: { [INVOKE]: never }, clock: virtualClock() })
    expect(silent).toMatchObject({ status: 'FAILED', error: 'States.Timeout' })
  })

  it('of heartbeats may be caught by either name', async () => {
    for (const name of ['States.HeartbeatTimeout', 'States.Timeout']) {
      const fields = { HeartbeatSeconds: 30, Catch: [{ ErrorEquals: [name], Next: 'Z' }] }
      const definition = machine({ A: task(INVOKE, fields), Z: pass('caught') })
      expect((await runStateMachine(definition, {}, { tasks: { [INVOKE]: never }, clock: virtualClock() })).output).toBe('caught')
    }
  })
})

describe('computed seconds', () => {
  it.each(['TimeoutSeconds', 'HeartbeatSeconds'])('of %s are at least one', async (field) => {
    const run = (seconds: number) =>
      runStateMachine(machine({ A: task('r', { [field]: '{% $states.input %}' }) }), seconds, { tasks: () => 'done' })
    expect(await run(1)).toMatchObject({ output: 'done' })
    for (const seconds of [0, -1, 100_000_000]) {
      expect(await run(seconds)).toMatchObject({ error: 'States.QueryEvaluationError', cause: expect.stringContaining(`was: ${seconds}`) })
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
    const calls: TaskCall[] = []
    const tasks = { [INVOKE]: (call: TaskCall) => calls.push(call) && 'done' }
    const { output } = await runStateMachine(machine({ A: task(INVOKE) }), { a: 1 }, { tasks })
    expect(calls[0]).toMatchObject({ resource: INVOKE, arguments: { a: 1 } })
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

  it('of an activity are refused before anything runs, unless a handler replaces it', async () => {
    const activity = 'arn:aws:states:us-east-1:000000000000:activity:approve'
    const definition = machine({ Ask: task(activity) })
    await expect(runStateMachine(definition, {}, { tasks: {} })).rejects.toThrow(`State 'Ask' cannot call '${activity}'`)
    expect(await runStateMachine(definition, {}, { tasks: { [activity]: () => 'yes' } })).toMatchObject({ output: 'yes' })
  })

  it('have their Credentials evaluated, whichever role they name', async () => {
    const definition = machine({ A: task('arn:x', { Credentials: { RoleArn: '{% $states.input.role %}' } }) })
    expect(await runStateMachine(definition, { role: 'r' }, { tasks: () => 1 })).toMatchObject({ output: 1 })
    expect(await runStateMachine(definition, {}, { tasks: () => 1 })).toMatchObject({ error: 'States.QueryEvaluationError' })
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
