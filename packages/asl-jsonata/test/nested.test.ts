import { DescribeMapRunCommand, ListExecutionsCommand, ListMapRunsCommand, SFNClient } from '@aws-sdk/client-sfn'
import { describe, expect, it } from 'vitest'
import { createStepFunctions, type Json, type TaskCall } from '../src/index.ts'
import { virtualClock } from '../src/virtual-clock.ts'
import { failure, machine, pass, task } from './machine.ts'
import { sdkServer } from './sdk-server.ts'

const START = 'arn:aws:states:::states:startExecution'
const arnOf = (name: string) => `arn:aws:states:us-east-1:000000000000:stateMachine:${name}`
const child = machine({
  W: { Type: 'Wait', Seconds: 60, Next: 'C' },
  C: { Type: 'Choice', Choices: [{ Condition: '{% $states.input.fail = true %}', Next: 'F' }], Default: 'S' },
  F: { Type: 'Fail', Error: 'ChildError', Cause: 'told to' },
  S: pass({ doubled: '{% $states.input.n * 2 %}' }),
})

async function face(machines: Record<string, unknown>, options: Parameters<typeof createStepFunctions>[0] = {}) {
  const stepFunctions = createStepFunctions({ clock: virtualClock(), ...options })
  const call = async (action: string, body: unknown) => {
    const { status, body: answer } = await stepFunctions.handle(`AWSStepFunctions.${action}`, body)
    if (status !== 200) throw failure(String(answer.__type), String(answer.message))
    // Its shape is the action's; what a test needs of it, it asserts.
    return answer as any
  }
  for (const [name, definition] of Object.entries(machines))
    await call('CreateStateMachine', { name, definition: JSON.stringify(definition) })
  const run = async (name: string, input: Json = {}) => {
    const { executionArn } = await call('StartExecution', { stateMachineArn: arnOf(name), input: JSON.stringify(input) })
    await stepFunctions.settled()
    return call('DescribeExecution', { executionArn })
  }
  return { call, run, stepFunctions }
}

describe('a machine that starts another', () => {
  const parent = (kind: string, more: Record<string, unknown> = {}) =>
    machine({
      A: task(`${START}${kind}`, { Arguments: { StateMachineArn: arnOf('child'), Name: 'c1', Input: '{% $states.input %}' }, ...more }),
    })

  it('waits for it with .sync:2 and has its output as JSON', async () => {
    const { run } = await face({ child, parent: parent('.sync:2', { Output: '{% $states.result.Output.doubled %}' }) })
    expect(await run('parent', { n: 4 })).toMatchObject({ status: 'SUCCEEDED', output: '8' })
  })

  it('has it as text with .sync', async () => {
    const { run } = await face({ child, parent: parent('.sync', { Output: '{% $states.result.Output %}' }) })
    expect(await run('parent', { n: 4 })).toMatchObject({ output: JSON.stringify('{"doubled":8}') })
  })

  it('goes on at once without .sync', async () => {
    const { run, call } = await face({ child, parent: parent('') })
    const { output } = await run('parent', { n: 4 })
    expect(JSON.parse(output)).toEqual({
      ExecutionArn: arnOf('child').replace('stateMachine', 'execution').concat(':c1'),
      StartDate: expect.any(Number),
    })
    expect((await call('ListExecutions', { stateMachineArn: arnOf('child') })).executions).toHaveLength(1)
  })

  it('fails with the whole child in the cause', async () => {
    const { run } = await face({ child, parent: parent('.sync:2') })
    const { status, error, cause } = await run('parent', { fail: true })
    expect([status, error]).toEqual(['FAILED', 'States.TaskFailed'])
    expect(JSON.parse(cause)).toMatchObject({ Name: 'c1', Status: 'FAILED', Error: 'ChildError', Cause: 'told to' })
  })

  it.each([
    ['another input under a name that is taken', { Name: 'taken' }, 'StepFunctions.ExecutionAlreadyExistsException'],
    ['a machine that does not exist', { StateMachineArn: arnOf('none') }, 'StepFunctions.StateMachineDoesNotExistException'],
  ])('is told of %s', async (_, overrides, error) => {
    const definition = machine({
      A: task(START, { Arguments: { StateMachineArn: arnOf('child'), Name: 'taken', Input: { n: 1 } }, Next: 'B' }),
      B: task(START, { Arguments: { StateMachineArn: arnOf('child'), Input: { n: 2 }, ...overrides } }),
    })
    const { run } = await face({ child, parent: definition })
    expect(await run('parent')).toMatchObject({ status: 'FAILED', error })
  })

  it('stops it when it is stopped or times out itself', async () => {
    const { run, call } = await face({ child, parent: parent('.sync:2', { TimeoutSeconds: 30 }) })
    expect(await run('parent', { n: 1 })).toMatchObject({ status: 'FAILED', error: 'States.Timeout' })
    const { executions } = await call('ListExecutions', { stateMachineArn: arnOf('child'), statusFilter: 'ABORTED' })
    expect(executions).toHaveLength(1)
  })

  it('may ask about it through aws-sdk calls', async () => {
    const definition = machine({
      A: task(START, { Arguments: { StateMachineArn: arnOf('child'), Input: {} }, Next: 'B' }),
      B: task('arn:aws:states:::aws-sdk:sfn:describeExecution', { Arguments: { ExecutionArn: '{% $states.input.ExecutionArn %}' } }),
    })
    const { run } = await face({ child, parent: definition })
    expect(JSON.parse((await run('parent')).output)).toMatchObject({
      Status: 'RUNNING',
      StartDate: expect.stringMatching(/^2025-.*Z$/),
      InputDetails: { Included: true },
    })
  })

  it('uses a handler of that name where one is given', async () => {
    const { run } = await face({ child, parent: parent('.sync:2') }, { tasks: { [`${START}.sync:2`]: () => 'mocked' } })
    expect((await run('parent')).output).toBe('"mocked"')
  })
})

describe('Map Runs, seen by an SDK client', () => {
  const backfill = machine({
    M: {
      Type: 'Map',
      Label: 'chunks',
      ItemProcessor: {
        ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' },
        StartAt: 'A',
        States: { A: task('arn:chunk') },
      },
      ItemBatcher: { MaxItemsPerBatch: 2 },
      ToleratedFailurePercentage: 50,
      MaxConcurrency: 3,
      End: true,
    },
  })

  it('of an execution that does not exist are no empty list', async () => {
    const server = await sdkServer({})
    const executionArn = 'arn:aws:states:us-east-1:000000000000:execution:m:nobody'
    await expect(server.client.send(new ListMapRunsCommand({ executionArn }))).rejects.toThrow('Execution Does Not Exist')
    await server.close()
  })

  it('are listed, described, and lead to their children', async () => {
    const tasks = ({ arguments: args }: TaskCall) => {
      if (JSON.stringify(args).includes('bad')) throw failure('Bad')
      return 1
    }
    const server = await sdkServer({ tasks })
    const send: SFNClient['send'] = server.client.send.bind(server.client)
    try {
      await server.stepFunctions.handle('CreateStateMachine', { name: 'backfill', definition: JSON.stringify(backfill) })
      const input = JSON.stringify([1, 2, 'bad', 3, 4])
      const started = await server.stepFunctions.handle('StartExecution', { stateMachineArn: arnOf('backfill'), name: 'b1', input })
      await server.stepFunctions.settled()
      const { mapRuns } = await send(new ListMapRunsCommand({ executionArn: started.body.executionArn as string }))
      expect(mapRuns?.[0]?.stateMachineArn).toBe(`${arnOf('backfill')}/chunks`)
      const mapRunArn = mapRuns?.[0]?.mapRunArn as string
      const described = await send(new DescribeMapRunCommand({ mapRunArn }))
      expect(described).toMatchObject({
        status: 'SUCCEEDED',
        maxConcurrency: 3,
        toleratedFailurePercentage: 50,
        executionCounts: { total: 3, succeeded: 2, failed: 1 },
        itemCounts: { total: 5, succeeded: 3, failed: 2 },
      })
      const { executions } = await send(new ListExecutionsCommand({ mapRunArn, statusFilter: 'FAILED' }))
      expect(executions).toMatchObject([{ status: 'FAILED', mapRunArn, itemCount: 2 }])
    } finally {
      await server.close()
    }
  })
})
