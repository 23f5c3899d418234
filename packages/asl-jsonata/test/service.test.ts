import {
  CreateStateMachineCommand,
  DeleteStateMachineCommand,
  DescribeExecutionCommand,
  DescribeStateMachineCommand,
  DescribeStateMachineForExecutionCommand,
  ExecutionAlreadyExists,
  ExecutionDoesNotExist,
  GetExecutionHistoryCommand,
  InvalidDefinition,
  InvalidExecutionInput,
  ListExecutionsCommand,
  ListStateMachinesCommand,
  SendTaskSuccessCommand,
  StartExecutionCommand,
  StateMachineDoesNotExist,
  StopExecutionCommand,
  UpdateStateMachineCommand,
  ValidateStateMachineDefinitionCommand,
} from '@aws-sdk/client-sfn'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { StatusChangeDetail, TaskCall } from '../src/index.ts'
import { failure, machine, pass, task } from './machine.ts'
import { sdkServer } from './sdk-server.ts'

const ROLE = 'arn:aws:iam::000000000000:role/test'

describe('the face of the API, seen by an SDK client', () => {
  let server: Awaited<ReturnType<typeof sdkServer>>
  let release: () => void
  const events: StatusChangeDetail[] = []
  const tokens: string[] = []

  beforeEach(async () => {
    events.length = tokens.length = 0
    const released = new Promise<void>((resolve) => (release = resolve))
    server = await sdkServer({
      tasks: {
        'arn:aws:states:::lambda:invoke': async ({ signal }: TaskCall) => {
          await Promise.race([released, new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))])
          return { Payload: 'done' }
        },
        'arn:aws:states:::sqs:sendMessage': () => {
          throw failure('Sqs.QueueDoesNotExistException', 'no such queue')
        },
        'arn:aws:states:::sqs:sendMessage.waitForTaskToken': ({ taskToken }: TaskCall) => {
          tokens.push(taskToken as string)
          return { MessageId: 'm-1' }
        },
      },
      onStatusChange: (detail) => void events.push(detail),
    })
  })
  afterEach(() => server.close())

  const create = async (definition: unknown, name = 'pipeline') => {
    const answer = await server.client.send(new CreateStateMachineCommand({ name, roleArn: ROLE, definition: JSON.stringify(definition) }))
    return answer.stateMachineArn as string
  }
  const start = async (stateMachineArn: string, name?: string, input: unknown = {}) => {
    const answer = await server.client.send(new StartExecutionCommand({ stateMachineArn, name, input: JSON.stringify(input) }))
    return answer.executionArn as string
  }
  const describeIt = (executionArn: string) => server.client.send(new DescribeExecutionCommand({ executionArn }))

  it('creates, describes, updates, lists and deletes a state machine', async () => {
    const arn = await create(machine({ A: pass(1) }))
    expect(await create(machine({ A: pass(1) }))).toBe(arn)
    await expect(create(machine({ A: pass(2) }))).rejects.toMatchObject({ name: 'StateMachineAlreadyExists' })

    const definition = JSON.stringify(machine({ B: pass(2) }))
    const { revisionId } = await server.client.send(new UpdateStateMachineCommand({ stateMachineArn: arn, definition }))
    const described = await server.client.send(new DescribeStateMachineCommand({ stateMachineArn: arn }))
    expect(described).toMatchObject({ name: 'pipeline', definition, status: 'ACTIVE', roleArn: ROLE, type: 'STANDARD', revisionId })
    expect(described.creationDate).toBeInstanceOf(Date)

    const { stateMachines } = await server.client.send(new ListStateMachinesCommand({}))
    expect(stateMachines?.map((m) => m.name)).toEqual(['pipeline'])
    await server.client.send(new DeleteStateMachineCommand({ stateMachineArn: arn }))
    await expect(start(arn)).rejects.toBeInstanceOf(StateMachineDoesNotExist)
  })

  it('refuses a definition that cannot run, and reports why without creating it', async () => {
    await expect(create(machine({ A: { Type: 'Pass', Next: 'Nowhere' } }))).rejects.toBeInstanceOf(InvalidDefinition)
    const { result, diagnostics } = await server.client.send(
      new ValidateStateMachineDefinitionCommand({ definition: JSON.stringify(machine({ A: { Type: 'Pass', Next: 'Nowhere' } })) }),
    )
    expect(result).toBe('FAIL')
    expect(diagnostics?.[0]).toMatchObject({ code: 'MISSING_TRANSITION_TARGET', location: '/States/A/Next' })
  })

  it('refuses a Task that nothing here can answer, at any depth, by state and resource', async () => {
    const activity = 'arn:aws:states:us-east-1:000000000000:activity:approve'
    const inner = { StartAt: 'Ask', States: { Ask: task(activity) } }
    const definition = machine({ Both: { Type: 'Parallel', Branches: [inner], End: true } })
    await expect(create(definition)).rejects.toThrow(
      `State 'Ask' cannot call '${activity}': activities are not run here, and no handler replaces it at /States/Both/Branches[0]/States/Ask/Resource`,
    )
    const update = { stateMachineArn: await create(machine({ A: pass(1) })), definition: JSON.stringify(definition) }
    await expect(server.client.send(new UpdateStateMachineCommand(update))).rejects.toThrow(InvalidDefinition)
    const { diagnostics } = await server.client.send(new ValidateStateMachineDefinitionCommand(update))
    expect(diagnostics).toMatchObject([{ code: 'SCHEMA_VALIDATION_FAILED', location: '/States/Both/Branches[0]/States/Ask/Resource' }])
  })

  it('takes the word of its surroundings for what they can call, but for its own actions', async () => {
    await server.close()
    server = await sdkServer({ refuses: (resource) => `nothing calls ${resource}` })
    await expect(create(machine({ A: task('arn:aws:states:::sns:publish') }))).rejects.toThrow('nothing calls arn:aws:states:::sns:publish')
    await expect(create(machine({ A: task('arn:aws:states:::aws-sdk:sfn:describeNothing') }))).rejects.toThrow('nothing calls')
    const own = {
      A: task('arn:aws:states:::states:startExecution.sync:2', { Next: 'B' }),
      B: task('arn:aws:states:::aws-sdk:sfn:listExecutions'),
    }
    expect(await create(machine(own))).toContain(':stateMachine:pipeline')
  })

  it('runs an execution and returns its whole history', async () => {
    const arn = await create(machine({ Fetch: task('arn:aws:states:::lambda:invoke', { Output: '{% $states.result.Payload %}' }) }))
    const executionArn = await start(arn, 'first', { a: 1 })
    expect(executionArn).toBe('arn:aws:states:us-east-1:000000000000:execution:pipeline:first')
    expect(await describeIt(executionArn)).toMatchObject({ status: 'RUNNING', redriveStatus: 'NOT_REDRIVABLE' })

    release()
    await server.stepFunctions.settled()

    const described = await describeIt(executionArn)
    expect(described).toMatchObject({ status: 'SUCCEEDED', input: '{"a":1}', output: '"done"', redriveCount: 0 })
    expect(described.stopDate).toBeInstanceOf(Date)
    const { events: history } = await server.client.send(new GetExecutionHistoryCommand({ executionArn }))
    expect(history?.map((event) => event.type)).toEqual([
      'ExecutionStarted',
      'TaskStateEntered',
      'TaskScheduled',
      'TaskStarted',
      'TaskSucceeded',
      'TaskStateExited',
      'ExecutionSucceeded',
    ])
    expect(history?.[2]?.taskScheduledEventDetails).toMatchObject({ resourceType: 'lambda', resource: 'invoke', parameters: '{"a":1}' })
    const definition = await server.client.send(new DescribeStateMachineForExecutionCommand({ executionArn }))
    expect(definition.name).toBe('pipeline')
  })

  it('pages and reverses a history', async () => {
    const executionArn = await start(await create(machine({ A: pass(1, { Next: 'B' }), B: pass(2) })))
    await server.stepFunctions.settled()
    const ids: number[] = []
    let nextToken: string | undefined
    do {
      const page = await server.client.send(new GetExecutionHistoryCommand({ executionArn, maxResults: 4, reverseOrder: true, nextToken }))
      ids.push(...(page.events ?? []).map((event) => event.id as number))
      nextToken = page.nextToken
    } while (nextToken)
    expect(ids).toEqual([6, 5, 4, 3, 2, 1])
  })

  it('takes the same start again while it runs, and refuses it for another input or once it is closed', async () => {
    const arn = await create(machine({ Fetch: task('arn:aws:states:::lambda:invoke') }))
    const executionArn = await start(arn, 'batch-1', { a: 1 })
    expect(await start(arn, 'batch-1', { a: 1 })).toBe(executionArn)
    await expect(start(arn, 'batch-1', { a: 2 })).rejects.toBeInstanceOf(ExecutionAlreadyExists)
    release()
    await server.stepFunctions.settled()
    await expect(start(arn, 'batch-1', { a: 1 })).rejects.toBeInstanceOf(ExecutionAlreadyExists)
    expect(events.map(({ status, output }) => [status, output])).toEqual([
      ['RUNNING', null],
      ['SUCCEEDED', '{"Payload":"done"}'],
    ])
  })

  it('stops an execution and lists executions by status', async () => {
    const arn = await create(machine({ Fetch: task('arn:aws:states:::lambda:invoke') }))
    const stopped = await start(arn, 'stopped')
    const running = await start(arn, 'running')
    await server.client.send(new StopExecutionCommand({ executionArn: stopped, error: 'Operator', cause: 'wrong day' }))

    expect(await describeIt(stopped)).toMatchObject({
      status: 'ABORTED',
      error: 'Operator',
      cause: 'wrong day',
      redriveStatus: 'REDRIVABLE',
    })
    const { events: history } = await server.client.send(new GetExecutionHistoryCommand({ executionArn: stopped, reverseOrder: true }))
    expect(history?.[0]).toMatchObject({
      type: 'ExecutionAborted',
      executionAbortedEventDetails: { error: 'Operator', cause: 'wrong day' },
    })
    const list = async (statusFilter?: 'RUNNING' | 'ABORTED') =>
      (await server.client.send(new ListExecutionsCommand({ stateMachineArn: arn, statusFilter }))).executions?.map((e) => e.executionArn)
    expect(await list()).toEqual([running, stopped])
    expect(await list('RUNNING')).toEqual([running])
    expect(await list('ABORTED')).toEqual([stopped])
  })

  it('shows the status changes as EventBridge would carry them', async () => {
    const arn = await create(machine({ Send: task('arn:aws:states:::sqs:sendMessage') }))
    const executionArn = await start(arn, 'failing', { n: 1 })
    await server.stepFunctions.settled()
    expect(events).toHaveLength(2)
    expect(events[0]).toMatchObject({ executionArn, status: 'RUNNING', stopDate: null, output: null, error: null })
    expect(events[1]).toMatchObject({
      executionArn,
      stateMachineArn: arn,
      name: 'failing',
      status: 'FAILED',
      input: '{"n":1}',
      inputDetails: { included: true },
      output: null,
      error: 'Sqs.QueueDoesNotExistException',
      cause: 'no such queue',
      redriveStatus: 'REDRIVABLE',
    })
    expect(events[1]?.stopDate).toEqual(expect.any(Number))
  })

  it('goes on when the token of a waiting task is sent back', async () => {
    const fields = { Arguments: { Token: '{% $states.context.Task.Token %}' } }
    const executionArn = await start(await create(machine({ Ask: task('arn:aws:states:::sqs:sendMessage.waitForTaskToken', fields) })))
    await expect.poll(() => tokens.length).toBe(1)
    await server.client.send(new SendTaskSuccessCommand({ taskToken: tokens[0], output: '{"approved":true}' }))
    await server.stepFunctions.settled()
    expect(await describeIt(executionArn)).toMatchObject({ status: 'SUCCEEDED', output: '{"approved":true}' })
    await expect(server.client.send(new SendTaskSuccessCommand({ taskToken: tokens[0], output: '{}' }))).rejects.toMatchObject({
      name: 'TaskTimedOut',
    })
  })

  it('names its errors as SDKs know them', async () => {
    const arn = await create(machine({ A: pass(1) }))
    await expect(describeIt(`${arn.replace('stateMachine', 'execution')}:none`)).rejects.toBeInstanceOf(ExecutionDoesNotExist)
    await expect(describeIt('nonsense')).rejects.toMatchObject({ name: 'InvalidArn' })
    await expect(server.client.send(new StartExecutionCommand({ stateMachineArn: arn, input: '{no json' }))).rejects.toBeInstanceOf(
      InvalidExecutionInput,
    )
    await expect(start(arn, 'a name with spaces')).rejects.toMatchObject({ name: 'InvalidName' })
    await expect(start(arn, 'x'.repeat(81))).rejects.toMatchObject({ name: 'InvalidName' })
  })
})
